//! Waiting for what processes do, with a bar on the terminal; where there is none, without.

use std::{pin::pin, time::Duration};

use anyhow::Context;
use conference::registration::read_models::{DraftOrders, RemainingSeats};
use cqrs::Application;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::time::{interval, timeout};

use crate::sale::Sale;

/// So often it is looked, and the bar is drawn.
const GLANCE: Duration = Duration::from_millis(10);
/// What has not come by then does not come.
const PATIENCE: Duration = Duration::from_mins(2);

/// How many of all orders are settled.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new(orders: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:30} {percent:>3}%  {pos} of {len} orders  {msg}");
        Self(ProgressBar::new(orders).with_style(style.expect("a template of known keys")))
    }

    /// So many orders of a sale are settled.
    pub(crate) fn reached(&self, sale: &Sale, orders: usize) {
        self.0.set_message(sale.title);
        self.0.set_position(u64::from(sale.orders.start - 1) + orders as u64);
    }

    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// Looks again and again until it is so.
pub(crate) async fn wait_until(is_so: impl AsyncFn() -> anyhow::Result<bool>) -> anyhow::Result<()> {
    let looking = async {
        let mut glances = interval(GLANCE);
        while !is_so().await? {
            glances.tick().await;
        }
        Ok(())
    };
    timeout(PATIENCE, pin!(looking)).await.context("the processes do not come to an end")?
}

/// Waits until the read models show everything there is.
pub(crate) async fn catch_up(application: &Application) -> anyhow::Result<()> {
    let head = application.store().head().await?;
    application.wait_for_position::<DraftOrders>(head).await?;
    application.wait_for_position::<RemainingSeats>(head).await?;
    Ok(())
}
