//! The calls of several plans.

use super::*;

#[test]
fn a_secret_of_two_plans_is_requested_once() {
    let new_plan = |names: &[&str], batch_secrets| {
        let fields = names.iter().enumerate().map(|(index, name)| {
            value(
                index,
                vec![chain(AssignmentKey::All, &[format!("secret:{name}")])],
            )
        });
        let schema = schema(fields.collect());
        Plan {
            batch_secrets,
            ..Plan::new(schema, Stage::choose(schema, "prod").unwrap(), |_| false).unwrap()
        }
    };
    let batched = new_plan(&["a", "b", "pinned?version_id=1", "b#key"], true);
    let single = new_plan(&["b", "c", "pinned?version_id=1"], false);

    for plans in [[&batched, &single], [&single, &batched]] {
        let mut requests: Vec<Vec<String>> = group_calls(plans)
            .iter()
            .map(|call| call.requests.iter().map(Request::to_string).collect())
            .collect();
        requests.sort();
        assert_eq!(
            requests,
            [
                vec!["secret:a", "secret:b"],
                vec!["secret:c"],
                vec!["secret:pinned?version_id=1"],
            ]
        );
    }
}
