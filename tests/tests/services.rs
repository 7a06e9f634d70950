//! A service that is not there is named; whether that is a failure is for the environment to say. So is the registry.

use std::process::{Command, Output};

use cqrs_tests::services::{Service, report_missing};

const CHILD: &str = "CQRS_TEST_ASKS_FOR_SERVICES";

/// Asks for all of them, at a port where nobody listens, in a process of its own.
fn asked_in_vain(required: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "who_asks_in_vain_goes_on"]).env(CHILD, "1");
    child.env("CQRS_TEST_REQUIRE_SERVICES", required);
    for (variable, scheme) in [("POSTGRES", "postgres"), ("RABBITMQ", "amqp"), ("NATS", "nats")] {
        child.env(format!("CQRS_TEST_{variable}"), format!("{scheme}://127.0.0.1:9"));
    }
    child.output().unwrap()
}

#[test]
fn who_asks_in_vain_goes_on() {
    if std::env::var_os(CHILD).is_some() {
        let found = [Service::PostgreSql, Service::RabbitMq, Service::Nats].map(Service::answers);
        assert_eq!(found, [false; 3]);
        return;
    }
    let output = asked_in_vain("0");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for service in
        ["no PostgreSQL was found at postgres:", "no RabbitMQ was", "no NATS was", "CQRS_TEST_NATS"]
    {
        assert!(said.contains(service), "{said}");
    }
}

#[test]
fn where_services_are_required_one_that_is_missing_is_a_failure() {
    let output = asked_in_vain("1");
    assert!(!output.status.success());
    // What a test prints that fails is told with its failure.
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("no PostgreSQL was found") && said.contains("tests/services up"), "{said}");
}

#[cfg(all(feature = "nats", feature = "postgres", feature = "rabbitmq"))]
#[test]
fn where_services_are_required_each_is_found() {
    if cqrs_tests::services::are_required() {
        assert_eq!([Service::PostgreSql, Service::RabbitMq, Service::Nats].map(Service::answers), [true; 3]);
    }
}

/// The exit code of `tests/companions` when it cannot reach the registry.
const NO_REGISTRY: i32 = 75;

#[test]
fn what_a_program_depends_on_beside_the_framework_resolves() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/companions");
    let output = Command::new(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(NO_REGISTRY) {
        return report_missing(&said);
    }
    assert!(output.status.success(), "{said}");
}
