//! The effects of `rm` on parameters, secrets and keys of JSON, and its refusal without `--yes`.

use super::{WriteTest, new_at_all_servers};
use crate::support::peers::moto;
use crate::support::stores::{create_secret, describe_secret, get_parameter, get_secret};

#[test]
fn rm_needs_yes_without_a_terminal() {
    let test = WriteTest::new(moto(), "rm-asks");
    test.set("name", "x").assert_code(0);
    test.pipe(&["rm", "name"], b"t-rm-asks\n")
        .assert_code(1)
        .assert_stderr("nothing was removed")
        .assert_stderr("add `--yes` to remove without asking");
    assert!(get_parameter(moto(), &test.parameter("name")).is_some());
}

#[test]
fn rm_deletes_a_parameter() {
    for test in new_at_all_servers("rm") {
        test.set("name", "x").assert_code(0);
        test.run(&["rm", "name", "--yes"])
            .assert_code(0)
            .assert_stderr("is removed from the stage");
        assert_eq!(get_parameter(test.peer, &test.parameter("name")), None);
        test.run(&["rm", "name", "--yes"])
            .assert_code(1)
            .assert_stderr("does not exist: nothing was removed");
    }
}

#[test]
fn rm_schedules_the_deletion_of_a_secret() {
    for test in new_at_all_servers("rm-secret") {
        test.set("whole", "x").assert_code(0);
        test.run(&["rm", "whole", "--yes", "--recovery-days", "7"])
            .assert_code(0)
            .assert_stderr("restore-secret --secret-id write/");
        assert!(describe_secret(test.peer, &test.secret("whole")).2);
        test.replace("whole", "y")
            .assert_code(1)
            .assert_stderr("is scheduled for deletion");
        test.run(&["rm", "whole", "--yes", "--recovery-days", "6"])
            .assert_code(2);
    }
}

#[test]
fn rm_of_a_json_key_keeps_the_other_keys() {
    for test in new_at_all_servers("rm-key") {
        create_secret(
            test.peer,
            &test.secret("db"),
            "{ \"password\":\"x\", \"port\": 1.0 }",
        );
        test.run(&["rm", "db_password", "--yes"])
            .assert_code(0)
            .assert_stderr("is now version");
        assert_eq!(
            get_secret(test.peer, &test.secret("db")).unwrap().0,
            "{ \"port\": 1.0 }"
        );
        test.run(&["rm", "db_password", "--yes"])
            .assert_code(1)
            .assert_stderr("nothing was removed");
        test.set("in_json", "x").assert_code(0);
        test.run(&["rm", "in_json", "--yes"]).assert_code(0);
        assert_eq!(
            get_parameter(test.peer, &test.parameter("json"))
                .unwrap()
                .value,
            "{\"a\": {}}"
        );
    }
}
