//! The effects of `rm` on each store.

use super::{WriteTest, new_at_all_servers};
use crate::support::peers::moto;
use crate::support::stores::{create_secret, describe_secret, get_parameter, get_secret};

#[test]
fn without_a_terminal_rm_needs_yes() {
    let place = WriteTest::new(moto(), "rm-asks");
    place.set("name", "x").assert_code(0);
    place
        .pipe(&["rm", "name"], b"t-rm-asks\n")
        .assert_code(2)
        .assert_stderr("nothing was removed")
        .assert_stderr("`--yes`");
    assert!(get_parameter(moto(), &place.parameter("name")).is_some());
}

#[test]
fn rm_deletes_a_parameter() {
    for place in new_at_all_servers("rm") {
        place.set("name", "x").assert_code(0);
        place.run(&["rm", "name", "--yes"]).assert_code(0).assert_stderr("is removed from the stage");
        assert_eq!(get_parameter(place.peer, &place.parameter("name")), None);
        place.run(&["rm", "name", "--yes"]).assert_code(1).assert_stderr("does not exist: nothing was removed");
    }
}

#[test]
fn rm_schedules_the_deletion_of_a_secret() {
    for place in new_at_all_servers("rm-secret") {
        place.set("whole", "x").assert_code(0);
        place
            .run(&["rm", "whole", "--yes", "--recovery-days", "7"])
            .assert_code(0)
            .assert_stderr("restore-secret --secret-id write/");
        assert!(describe_secret(place.peer, &place.secret("whole")).2);
        place.replace("whole", "y").assert_code(1).assert_stderr("is scheduled for deletion");
        place.run(&["rm", "whole", "--yes", "--recovery-days", "6"]).assert_code(2);
    }
}

#[test]
fn rm_of_a_json_key_keeps_the_other_keys() {
    for place in new_at_all_servers("rm-key") {
        create_secret(place.peer, &place.secret("db"), "{ \"password\":\"x\", \"port\": 1.0 }");
        place.run(&["rm", "db_password", "--yes"]).assert_code(0).assert_stderr("is now version");
        assert_eq!(get_secret(place.peer, &place.secret("db")).unwrap().0, "{ \"port\": 1.0 }");
        place.run(&["rm", "db_password", "--yes"]).assert_code(1).assert_stderr("nothing was removed");
        place.set("in_json", "x").assert_code(0);
        place.run(&["rm", "in_json", "--yes"]).assert_code(0);
        assert_eq!(get_parameter(place.peer, &place.parameter("json")).unwrap().value, "{\"a\": {}}");
    }
}
