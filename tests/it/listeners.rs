//! The servers of the test suite listen on loopback only. On another address they would be
//! reachable from the network.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};

use crate::support::peers::{microburst, ministack, moto, roto};

/// Returns the ids of this process and its descendants. `/proc/PID/stat` contains the parent of
/// each process.
fn find_process_tree() -> BTreeSet<u32> {
    let parent = |pid: u32| -> Option<u32> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The program's name, in parentheses, can contain any character.
        stat.rsplit_once(')')?
            .1
            .split_whitespace()
            .nth(1)?
            .parse()
            .ok()
    };
    let pids = fs::read_dir("/proc").expect("Linux has /proc").flatten();
    let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let parents: BTreeMap<u32, u32> = pids.filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let is_in_tree = |pid: &u32| {
        let ancestors = std::iter::successors(Some(*pid), |pid| parents.get(pid).copied());
        ancestors
            .take(parents.len() + 1)
            .any(|pid| pid == std::process::id())
    };
    parents.keys().copied().filter(is_in_tree).collect()
}

/// Returns the inodes of the open sockets of these processes.
fn find_sockets(processes: &BTreeSet<u32>) -> BTreeSet<String> {
    let folders = processes
        .iter()
        .filter_map(|pid| fs::read_dir(format!("/proc/{pid}/fd")).ok());
    let targets = folders
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read_link(entry.path()).ok());
    let inode = |target: &str| {
        Some(
            target
                .strip_prefix("socket:[")?
                .strip_suffix(']')?
                .to_owned(),
        )
    };
    targets
        .filter_map(|target| inode(target.to_str()?))
        .collect()
}

/// Returns the address and the inode of the socket in a line of `/proc/net/tcp` or
/// `/proc/net/tcp6`, if the socket listens.
fn parse_listener(line: &str) -> Option<(IpAddr, String)> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    let (address, _port) = local.split_once(':')?;
    // The address is a list of 32-bit words, each in native byte order.
    let words = address
        .as_bytes()
        .chunks(8)
        .map(|word| u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok());
    let bytes: Vec<u8> = words
        .collect::<Option<Vec<u32>>>()?
        .into_iter()
        .flat_map(u32::to_ne_bytes)
        .collect();
    let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
        Ok(bytes) => IpAddr::from(bytes),
        Err(_) => IpAddr::from(<[u8; 16]>::try_from(bytes.as_slice()).ok()?).to_canonical(),
    };
    // `0A` is the state TCP_LISTEN.
    (*state == "0A").then(|| (address, (*inode).to_owned()))
}

/// Returns the addresses on which this process and its descendants listen.
fn find_listeners() -> Vec<IpAddr> {
    let own = find_sockets(&find_process_tree());
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"]
        .map(|table| fs::read_to_string(table).unwrap_or_default());
    let lines = tables.iter().flat_map(|table| table.lines());
    lines
        .filter_map(parse_listener)
        .filter(|(_, inode)| own.contains(inode))
        .map(|(address, _)| address)
        .collect()
}

#[test]
fn every_test_server_listens_on_loopback_only() {
    for peer in [moto(), roto(), microburst(), ministack()] {
        assert!(peer.url.starts_with("http://127.0.0.1:"), "{}", peer.url);
    }
    let listeners = find_listeners();
    assert!(
        listeners.len() >= 4,
        "the servers are not found: {listeners:?}"
    );
    let exposed: Vec<&IpAddr> = listeners
        .iter()
        .filter(|address| !address.is_loopback())
        .collect();
    assert!(exposed.is_empty(), "a server listens on {exposed:?}");
}

#[test]
fn a_listener_of_this_process_is_found() {
    let _v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let found = find_listeners();
    assert!(
        found.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)),
        "{found:?}"
    );
    // The machine may have no IPv6.
    if let Ok(_v6) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
        assert!(find_listeners().contains(&IpAddr::V6(Ipv6Addr::LOCALHOST)));
    }
}
