//! Options that stand behind the `?` of an address and are the bank's own.

/// Takes `name=value` out of an address: what is left of it, and the value.
pub(super) fn take(address: &str, name: &str) -> (String, Option<String>) {
    let Some((place, options)) = address.split_once('?') else { return (address.to_owned(), None) };
    let is_it = |option: &&str| option.split_once('=').is_some_and(|(key, _)| key == name);
    let value = options.split('&').find(is_it).and_then(|option| option.split_once('='));
    let others: Vec<_> = options.split('&').filter(|option| !is_it(option)).collect();
    let left = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    (left, value.map(|(_, value)| value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_taken_out_and_the_others_stay() {
        let taken = |address| take(address, "schema");
        assert_eq!(taken("postgres://host/bank"), ("postgres://host/bank".into(), None));
        assert_eq!(taken("postgres://host/bank?schema=a"), ("postgres://host/bank".into(), Some("a".into())));
        let both = "postgres://host/bank?sslmode=require&schema=a";
        assert_eq!(taken(both), ("postgres://host/bank?sslmode=require".into(), Some("a".into())));
    }
}
