//! Which addresses may be connected to: a console that sends where people tell it must not become a way into what only it can
//! reach. What is checked is the address that is really connected to, after the name was resolved.
//!
//! Never: unspecified, multicast, broadcast and link-local addresses, and where clouds keep the machine's credentials. Then what is
//! denied by the settings; where the settings allow some, only those. Loopback and private networks are open otherwise: receivers
//! often live there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network: address and prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    address: IpAddr,
    bits: u8,
}

/// Text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address or network; enter one like 10.0.0.0/8, 192.0.2.7 or fd00::/8")]
pub struct NoNet(pub String);

impl FromStr for Net {
    type Err = NoNet;

    fn from_str(text: &str) -> Result<Self, NoNet> {
        let refused = || NoNet(text.chars().take(60).collect());
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| refused())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|b| *b <= most),
            None => Some(most),
        };
        Ok(Self {
            address,
            bits: bits.ok_or_else(refused)?,
        })
    }
}

impl Net {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let apart = net.to_bits() ^ address.to_bits();
                apart.checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let apart = net.to_bits() ^ address.to_bits();
                apart.checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// Where clouds answer questions about the machine, outside of link-local.
const METADATA: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254)),
];

/// The lists of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Where not empty, only these.
    pub allow: Vec<Net>,
    /// Not these.
    pub deny: Vec<Net>,
}

impl Targets {
    /// Whether an address may be connected to.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        // An IPv4 address in the clothes of an IPv6 one leads to the same place.
        let faces = [Some(address.to_canonical()), embedded(address)];
        faces.into_iter().flatten().all(|address| {
            !is_never(address)
                && !self.deny.iter().any(|net| net.holds(address))
                && (self.allow.is_empty() || self.allow.iter().any(|net| net.holds(address)))
        })
    }
}

fn is_never(address: IpAddr) -> bool {
    if METADATA.contains(&address) || address.is_unspecified() || address.is_multicast() {
        return true;
    }
    match address {
        // `0.0.0.0/8` is this host to some systems.
        IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast() || v4.octets()[0] == 0,
        IpAddr::V6(v6) => v6.is_unicast_link_local() || (v6.segments()[0] & 0xffc0) == 0xfec0,
    }
}

/// The IPv4 address within an IPv6 one that a gateway takes it out of: NAT64, 6to4, IPv4-compatible.
fn embedded(address: IpAddr) -> Option<IpAddr> {
    let IpAddr::V6(v6) = address else {
        return None;
    };
    let [a, b, c, d, e, f, g, h] = v6.segments();
    let v4 = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d)))
    };
    match [a, b, c, d, e, f] {
        [0x64, 0xff9b, ..] => v4(g, h),
        [0x2002, high, low, ..] => v4(high, low),
        // `::1` is loopback, not 0.0.0.1.
        [0, 0, 0, 0, 0, 0] if g != 0 => v4(g, h),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(targets: &Targets, address: &str, expect: bool) {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(targets.permits(address), expect, "{address}");
    }

    #[test]
    fn what_must_never_be_asked_is_not() {
        let targets = Targets::default();
        for never in [
            "169.254.169.254",
            "169.254.0.1",
            "fd00:ec2::254",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "0.0.0.0",
            "0.1.2.3",
            "255.255.255.255",
            "224.0.0.1",
            "::",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ] {
            check(&targets, never, false);
        }
        // Nor when the settings allow it.
        let all = Targets {
            allow: vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()],
            deny: Vec::new(),
        };
        check(&all, "169.254.169.254", false);
        check(&all, "8.8.8.8", true);
    }

    #[test]
    fn what_people_run_themselves_is_open() {
        for open in [
            "127.0.0.1",
            "::1",
            "10.1.2.3",
            "192.168.0.7",
            "fd12::1",
            "203.0.113.9",
        ] {
            check(&Targets::default(), open, true);
        }
    }

    #[test]
    fn the_settings_narrow_it() {
        let net = |text: &str| text.parse::<Net>().unwrap();
        let targets = Targets {
            allow: vec![net("10.0.0.0/8"), net("2001:db8::/32")],
            deny: vec![net("10.9.0.0/16"), net("10.1.2.3")],
        };
        check(&targets, "10.0.0.1", true);
        check(&targets, "10.9.0.1", false);
        check(&targets, "10.1.2.3", false);
        check(&targets, "10.1.2.4", true);
        check(&targets, "::ffff:10.9.0.1", false);
        check(&targets, "127.0.0.1", false);
        check(&targets, "2001:db8::7", true);
    }

    #[test]
    fn networks_are_read() {
        for bad in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "::/129",
            "host",
            "10.0.0/8",
        ] {
            assert!(bad.parse::<Net>().is_err(), "{bad}");
        }
        assert!(
            "0.0.0.0/0"
                .parse::<Net>()
                .unwrap()
                .holds("1.2.3.4".parse().unwrap())
        );
    }
}
