//! Credits on cqrs-es with postgres-es: `postgres-es-peer ADDRESS TASKS ROUNDS` prints commands a second.

#[path = "../../../benches/speed/peer_domain.rs"]
mod domain;

use std::{sync::Arc, time::Instant};

use postgres_es::{PostgresCqrs, postgres_cqrs};
use sqlx::{Pool, Postgres, postgres::PgPoolOptions};

use domain::{AccountCommand, PeerAccount};

const ACCOUNTS: usize = 64;

const TABLES: &str = "
    DROP SCHEMA IF EXISTS postgres_es_speed CASCADE;
    CREATE SCHEMA postgres_es_speed;
    CREATE TABLE postgres_es_speed.events (
        aggregate_type text                         NOT NULL,
        aggregate_id   text                         NOT NULL,
        sequence       bigint CHECK (sequence >= 0) NOT NULL,
        event_type     text                         NOT NULL,
        event_version  text                         NOT NULL,
        payload        json                         NOT NULL,
        metadata       json                         NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, sequence)
    )";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, address, tasks, rounds] = arguments.as_slice() else { panic!("ADDRESS TASKS ROUNDS") };
    let (tasks, rounds) = (tasks.parse().unwrap(), rounds.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    println!("{}", runtime.block_on(run(address, tasks, rounds)));
}

async fn run(address: &str, tasks: usize, rounds: usize) -> f64 {
    let pool = connect(address, tasks).await;
    let cqrs = Arc::new(postgres_cqrs::<PeerAccount>(pool.clone(), vec![], ()));
    for number in 0..ACCOUNTS {
        cqrs.execute(&number.to_string(), AccountCommand::Open { owner: "alice".into() }).await.unwrap();
    }
    let started = Instant::now();
    let running: Vec<_> = (0..tasks).map(|task| tokio::spawn(credit(Arc::clone(&cqrs), task, tasks, rounds))).collect();
    for task in running {
        task.await.unwrap();
    }
    let rate = (ACCOUNTS * rounds) as f64 / started.elapsed().as_secs_f64();
    sqlx::raw_sql("DROP SCHEMA postgres_es_speed CASCADE").execute(&pool).await.unwrap();
    rate
}

/// As many connections as tasks.
async fn connect(address: &str, tasks: usize) -> Pool<Postgres> {
    let options: sqlx::postgres::PgConnectOptions = address.parse().unwrap();
    let options = options.options([("search_path", "postgres_es_speed"), ("client_min_messages", "warning")]);
    let pool = PgPoolOptions::new().max_connections(tasks as u32).connect_with(options).await.unwrap();
    sqlx::raw_sql(TABLES).execute(&pool).await.unwrap();
    pool
}

async fn credit(cqrs: Arc<PostgresCqrs<PeerAccount>>, task: usize, tasks: usize, rounds: usize) {
    for _ in 0..rounds {
        for number in (task..ACCOUNTS).step_by(tasks) {
            cqrs.execute(&number.to_string(), AccountCommand::Credit { amount: 1 }).await.unwrap();
        }
    }
}
