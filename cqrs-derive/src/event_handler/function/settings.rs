//! What `#[event_handler(..)]` on a function says of how it is run.

use std::time::Duration;

use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Expr, ExprLit, Lit, Path, parse::ParseStream};

use crate::{errors::Errors, keys::value};

use super::duration::{duration, range};

/// On how many streams a handler may work at a time: a subscription remembers no more events that are handled above its
/// checkpoint.
const MOST_STREAMS: u32 = 1_000;

/// How the function is run, as far as it says.
#[derive(Default)]
pub(super) struct Settings {
    concurrency: Option<u32>,
    attempts: Option<u32>,
    delay: Option<(Ident, Duration, Duration)>,
    time_limit: Option<Duration>,
}

impl Settings {
    /// Reads the value of one of the keys.
    pub(super) fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        if key == "concurrency" {
            self.concurrency =
                Some(number(key, input, MOST_STREAMS, "streams are handled beside each other")?);
        } else if key == "attempts" {
            self.attempts = Some(number(key, input, u32::MAX, "attempts are counted")?);
        } else if key == "delay" {
            let (first, longest) = range(key, input)?;
            self.delay = Some((key.clone(), first, longest));
        } else {
            self.time_limit = Some(duration(key, input)?);
        }
        Ok(())
    }

    /// Refuses what means nothing together.
    pub(super) fn check(&self, errors: &Errors) {
        if let (Some(1), Some((delay, ..))) = (self.attempts, &self.delay) {
            errors.at(delay, "nothing waits for a second attempt where there is one: leave `delay` out, or raise `attempts`");
        }
    }

    /// The constant that says it; nothing where nothing is said.
    pub(super) fn expand(&self, cqrs: &Path) -> Option<TokenStream> {
        let said: TokenStream = self.said().collect();
        let settings = quote! { #cqrs::handler::EventHandlerSettings };
        (!said.is_empty()).then(|| quote! { const SETTINGS: #settings = #settings::new() #said; })
    }

    fn said(&self) -> impl Iterator<Item = TokenStream> {
        let concurrency = self.concurrency.map(|streams| {
            let streams = proc_macro2::Literal::u32_unsuffixed(streams);
            quote! { .concurrency(#streams) }
        });
        let attempts = self.attempts.map(|attempts| {
            let attempts = proc_macro2::Literal::u32_unsuffixed(attempts);
            quote! { .attempts(#attempts) }
        });
        let delay = self.delay.as_ref().map(|(_, first, longest)| {
            let (first, longest) = (time(*first), time(*longest));
            quote! { .delay(#first, #longest) }
        });
        let time_limit = self.time_limit.map(time).map(|limit| quote! { .time_limit(#limit) });
        [concurrency, attempts, delay, time_limit].into_iter().flatten()
    }
}

/// A time in the source.
fn time(time: Duration) -> TokenStream {
    let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let milliseconds = proc_macro2::Literal::u64_unsuffixed(milliseconds);
    quote! { ::core::time::Duration::from_millis(#milliseconds) }
}

/// The value of a key that is a number from 1 to `most`; `reason` says what the limit is one of.
fn number(key: &Ident, input: ParseStream<'_>, most: u32, reason: &str) -> syn::Result<u32> {
    let written: Expr = value(key, input)?;
    let Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) = &written else {
        let message = format!("`{key}` is a whole number from 1 on: write `{key} = 16`");
        return Err(syn::Error::new_spanned(written, message));
    };
    let complaint = match number.base10_parse::<u32>() {
        Ok(0) => format!("`{key}` counts from 1"),
        Ok(number) if number <= most => return Ok(number),
        _ => format!("`{key}` is too large: up to {most} {reason}"),
    };
    Err(syn::Error::new(number.span(), complaint))
}
