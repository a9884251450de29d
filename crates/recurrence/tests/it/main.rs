//! The expander against a brute-force one, other libraries, recorded calendars and the laws it should obey.

#[cfg(test)]
mod brute;
#[cfg(test)]
mod conversions;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod corpus_ics;
#[cfg(test)]
mod corpus_rules;
#[cfg(test)]
mod ics;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod numbers;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod rules;
