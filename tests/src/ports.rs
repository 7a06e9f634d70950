//! Ports for servers of a test's own.

use std::net::TcpListener;

/// Ports that nobody uses now.
pub fn free_ports<const N: usize>() -> [u16; N] {
    let listeners = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("a listener has an address").port())
}
