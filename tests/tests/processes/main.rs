//! Process managers without anything that runs them: what a step is made of, and what starts refuse.
