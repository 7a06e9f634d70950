//! An address whose engine this program was built without.

use crate::support::{Place, SAMPLE, run};

#[cfg(not(feature = "postgres"))]
#[test]
fn without_postgres_the_bank_says_with_which_feature_it_would_be_there() {
    let import = run(["import", SAMPLE, "--store", "postgres://app:secret-word@127.0.0.1/bank"]).failed(2);
    let import = import.complains("built without PostgreSQL").complains("--features postgres");
    assert!(!import.err.contains("secret-word"), "{import:#?}");
}

#[cfg(not(feature = "nats"))]
#[test]
fn without_nats_the_bank_says_with_which_feature_it_would_be_there() {
    let report = run(["report", "--store", "nats://127.0.0.1/bank"]).failed(2);
    report.complains("built without NATS").complains("--features nats");
    let db = Place::new().db();
    let worker = run(["worker", "--db", db.to_str().unwrap(), "--bus", "nats://127.0.0.1/bank"]).failed(2);
    worker.complains("built without NATS").complains("--features nats");
}

#[cfg(not(feature = "rabbitmq"))]
#[test]
fn without_rabbitmq_the_bank_says_with_which_feature_it_would_be_there() {
    let db = Place::new().db();
    let worker = run(["worker", "--db", db.to_str().unwrap(), "--bus", "amqp://127.0.0.1"]).failed(2);
    worker.complains("built without RabbitMQ").complains("--features rabbitmq");
    assert!(!db.exists(), "nothing is made for a bus that is not there");
}
