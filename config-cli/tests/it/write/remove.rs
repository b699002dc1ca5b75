//! What `rm` removes.

use super::{Place, everywhere};
use crate::support::peers::moto;
use crate::support::stores::{described, make_secret, parameter, secret};

#[test]
fn without_a_terminal_it_takes_a_word() {
    let place = Place::new(moto(), "rm-asks");
    place.set("name", "x").ended(0);
    place.pipe(&["rm", "name"], b"t-rm-asks\n").ended(2).said("nothing was removed").said("`--yes`");
    assert!(parameter(moto(), &place.parameter("name")).is_some());
}

#[test]
fn a_parameter_goes() {
    for place in everywhere("rm") {
        place.set("name", "x").ended(0);
        place.run(&["rm", "name", "--yes"]).ended(0).said("is removed from the stage");
        assert_eq!(parameter(place.peer, &place.parameter("name")), None);
        place.run(&["rm", "name", "--yes"]).ended(1).said("does not exist: nothing was removed");
    }
}

#[test]
fn a_secret_waits() {
    for place in everywhere("rm-secret") {
        place.set("whole", "x").ended(0);
        place.run(&["rm", "whole", "--yes", "--recovery-days", "7"]).ended(0).said("restore-secret --secret-id write/");
        assert!(described(place.peer, &place.secret("whole")).2);
        place.replace("whole", "y").ended(1).said("waits for its deletion");
        place.run(&["rm", "whole", "--yes", "--recovery-days", "6"]).ended(2);
    }
}

#[test]
fn a_key_goes_and_the_others_stay() {
    for place in everywhere("rm-key") {
        make_secret(place.peer, &place.secret("db"), "{ \"password\":\"x\", \"port\": 1.0 }");
        place.run(&["rm", "db_password", "--yes"]).ended(0).said("is now version");
        assert_eq!(secret(place.peer, &place.secret("db")).unwrap().0, "{ \"port\": 1.0 }");
        place.run(&["rm", "db_password", "--yes"]).ended(1).said("nothing was removed");
        place.set("in_json", "x").ended(0);
        place.run(&["rm", "in_json", "--yes"]).ended(0);
        assert_eq!(parameter(place.peer, &place.parameter("json")).unwrap().value, "{\"a\": {}}");
    }
}
