//! Where servers are, and with what one is let in.
//!
//! The client writes addresses to its log, so it is never given one with a password or a token in it: these go apart.

use std::{io, string::FromUtf8Error};

use async_nats::{ConnectOptions, ServerAddr};

/// Servers of one cluster, and how they are connected to.
pub(crate) struct Servers {
    pub(crate) addresses: Vec<ServerAddr>,
    access: Option<Access>,
}

/// With what one is let in.
#[derive(Clone, PartialEq, Eq)]
enum Access {
    Password { user: String, password: String },
    Token(String),
}

/// Why an address is none. It says nothing of what the address holds.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadAddress {
    #[error("server {number} of the address is no address of a server")]
    Server {
        number: usize,
        #[source]
        source: io::Error,
    },
    #[error("the credentials of server {number} of the address are no text")]
    Credentials {
        number: usize,
        #[source]
        source: FromUtf8Error,
    },
    #[error("server {number} of the address has other credentials than those before it")]
    Differ { number: usize },
}

impl Servers {
    /// Reads `nats://user:password@one:4222,nats://two:4222`. A user without a password is a token.
    pub(crate) fn read(address: &str) -> Result<Self, BadAddress> {
        let mut servers = Self { addresses: Vec::new(), access: None };
        for (number, server) in (1..).zip(address.split(',')) {
            let (server, access) = parted(server, number)?;
            if servers.access.is_some() && access.is_some() && servers.access != access {
                return Err(BadAddress::Differ { number });
            }
            servers.access = servers.access.or(access);
            servers.addresses.push(server);
        }
        Ok(servers)
    }

    /// The options, with what lets one in by the address.
    pub(crate) fn let_in(&self, options: ConnectOptions) -> ConnectOptions {
        match self.access.clone() {
            Some(Access::Password { user, password }) => options.user_and_password(user, password),
            Some(Access::Token(token)) => options.token(token),
            None => options,
        }
    }
}

/// A server's address without its credentials, and these.
fn parted(server: &str, number: usize) -> Result<(ServerAddr, Option<Access>), BadAddress> {
    let bad = |source| BadAddress::Server { number, source };
    let server: ServerAddr = server.parse().map_err(bad)?;
    let plain = |text: &str| plain(text).map_err(|source| BadAddress::Credentials { number, source });
    let access = match (server.username(), server.password()) {
        (None, None) => None,
        (Some(token), None) => Some(Access::Token(plain(token)?)),
        (user, Some(password)) => {
            Some(Access::Password { user: plain(user.unwrap_or_default())?, password: plain(password)? })
        }
    };
    let mut url = server.into_inner();
    // They fail only where an address can have none.
    let _ = (url.set_username(""), url.set_password(None));
    Ok((ServerAddr::from_url(url).map_err(bad)?, access))
}

/// A part of an address as it is meant: `%40` is `@`.
fn plain(text: &str) -> Result<String, FromUtf8Error> {
    let mut parts = text.split('%');
    let mut plain = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        plain.push(byte.unwrap_or(b'%'));
        plain.extend_from_slice(if byte.is_some() { &part.as_bytes()[2..] } else { part.as_bytes() });
    }
    String::from_utf8(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_one_in_is_not_in_the_address() {
        let servers = Servers::read("nats://al%40ice:s%3Acret@one:4222,two").unwrap();
        let (user, password) = ("al@ice".to_owned(), "s:cret".to_owned());
        assert!(servers.access == Some(Access::Password { user, password }));
        let shown = format!("{:?}", servers.addresses);
        assert!(shown.contains("one") && shown.contains("two"), "{shown}");
        assert!(!shown.contains("ice") && !shown.contains("cret"), "{shown}");
        assert!(Servers::read("tls://token@one").unwrap().access == Some(Access::Token("token".into())));
        assert!(Servers::read("one:4222").unwrap().access.is_none());
    }

    #[test]
    fn an_address_that_is_none_is_not_repeated() {
        for bad in
            ["ftp://alice:secret@one", "nats://alice:sec/ret@one", "nats://a:b@one,nats://alice:secret@two"]
        {
            let Err(error) = Servers::read(bad).map(drop) else { panic!("{bad} is no address") };
            let text = format!("{error:?} {}", crate::error_chain::chain(&error));
            assert!(!text.contains("sec") && !text.contains("alice"), "{text}");
        }
    }
}
