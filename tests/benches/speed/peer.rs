//! The same domain on cqrs-es, in a process of its own, since its memory store prints every event.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use cqrs_es::{CqrsFramework, mem_store::MemStore};

use crate::{
    memory_store::{ACCOUNTS, CREDITS},
    peer_domain::{AccountCommand, PeerAccount},
};

/// Runs the child and reads its rate.
pub fn run() -> f64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .arg("child:cqrs-es")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    String::from_utf8(child.stderr).unwrap().trim().parse().unwrap()
}

/// In the child: the same work, commands a second to standard error.
pub fn child() {
    let runtime = crate::domain::runtime();
    let rate = runtime.block_on(async {
        let cqrs = Arc::new(CqrsFramework::new(MemStore::<PeerAccount>::default(), vec![], ()));
        for number in 0..ACCOUNTS {
            let open = AccountCommand::Open { owner: "alice".into() };
            cqrs.execute(&number.to_string(), open).await.unwrap();
        }
        let started = Instant::now();
        tokio::spawn(async move {
            for _ in 0..CREDITS {
                for number in 0..ACCOUNTS {
                    let credit = AccountCommand::Credit { amount: 1 };
                    cqrs.execute(&number.to_string(), credit).await.unwrap();
                }
            }
        })
        .await
        .unwrap();
        #[allow(clippy::cast_precision_loss, reason = "counts are small")]
        let commands = (ACCOUNTS * CREDITS) as f64;
        commands / started.elapsed().as_secs_f64()
    });
    eprintln!("{rate}");
}
