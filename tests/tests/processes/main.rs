//! Process managers without anything that runs them: what a step is made of, what leads to none, and what start refuses.

mod by_hand;
mod failing;
mod finding;
mod kit;
mod passing_over;
mod recorded;
mod starting;
mod stepping;
mod timing;
