use std::time::Duration;

use cqrs::prelude::*;

#[derive(Command, Serialize, Deserialize)]
struct Release {
    #[command(id)]
    show: u32,
}

async fn later(app: Application) {
    let _ = app.dispatch(Release { show: 1 }).after(Duration::from_secs(1)).await;
}

fn main() {}
