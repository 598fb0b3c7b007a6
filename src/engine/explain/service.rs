//! Services by port, as a person knows them: what listens there and what to call the machine that answers.

use crate::engine::model::proto;

/// What usually listens on a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Service {
    pub port: u16,
    /// What is offered: "web pages", "remote desktop".
    pub what: &'static str,
    /// Who answers there: "web server"; plural with an s.
    pub server: &'static str,
}

const fn service(port: u16, what: &'static str, server: &'static str) -> Service {
    Service { port, what, server }
}

/// Sorted by port. Ports of other use stay unnamed: a wrong name does more harm than a number.
static SERVICES: &[Service] = &[
    service(7, "echo tests", "echo server"),
    service(20, "file transfer data", "file server"),
    service(21, "file transfer", "file server"),
    service(22, "secure shell login", "SSH server"),
    service(23, "telnet login", "telnet server"),
    service(25, "mail delivery", "mail server"),
    service(37, "time of day", "time server"),
    service(43, "whois", "whois server"),
    service(49, "TACACS login", "login server"),
    service(53, "name lookup", "name server"),
    service(67, "address assignment", "DHCP server"),
    service(68, "address assignment", "DHCP client"),
    service(69, "simple file transfer by TFTP", "TFTP server"),
    service(79, "finger", "finger server"),
    service(80, "web pages", "web server"),
    service(81, "web pages", "web server"),
    service(88, "Kerberos login", "login server"),
    service(102, "industrial control", "controller"),
    service(110, "POP3 mailbox access", "mail server"),
    service(111, "remote procedure directory", "RPC server"),
    service(113, "ident", "ident server"),
    service(119, "news", "news server"),
    service(123, "clock synchronisation", "time server"),
    service(135, "Windows remote procedures", "Windows server"),
    service(137, "Windows names", "Windows machine"),
    service(138, "Windows announcements", "Windows machine"),
    service(139, "Windows file sharing", "Windows file server"),
    service(143, "IMAP mailbox access", "mail server"),
    service(161, "SNMP device monitoring", "monitored device"),
    service(162, "device alarms", "monitoring server"),
    service(179, "BGP routing", "router"),
    service(389, "LDAP directory lookup", "directory server"),
    service(427, "service location", "directory server"),
    service(443, "encrypted web pages", "web server"),
    service(445, "Windows file sharing", "Windows file server"),
    service(464, "password change", "login server"),
    service(465, "mail submission", "mail server"),
    service(500, "VPN key exchange", "VPN gateway"),
    service(502, "industrial control", "controller"),
    service(514, "syslog log collection", "log server"),
    service(515, "printing", "print server"),
    service(520, "RIP routing", "router"),
    service(543, "Kerberos login", "login server"),
    service(546, "address assignment for IPv6", "DHCP client"),
    service(547, "address assignment for IPv6", "DHCP server"),
    service(554, "RTSP video streaming", "video server"),
    service(587, "mail submission", "mail server"),
    service(623, "IPMI server management", "management board"),
    service(631, "printing", "print server"),
    service(636, "LDAP directory lookup", "directory server"),
    service(853, "encrypted name lookup", "name server"),
    service(873, "rsync file synchronisation", "file server"),
    service(990, "encrypted file transfer", "file server"),
    service(993, "IMAP mailbox access", "mail server"),
    service(995, "POP3 mailbox access", "mail server"),
    service(1080, "SOCKS proxy", "proxy"),
    service(1194, "OpenVPN", "VPN gateway"),
    service(1433, "SQL Server database", "database server"),
    service(1434, "SQL Server directory", "database server"),
    service(1521, "Oracle database", "database server"),
    service(1701, "L2TP VPN", "VPN gateway"),
    service(1720, "H.323 video calls", "call server"),
    service(1723, "PPTP VPN", "VPN gateway"),
    service(1812, "RADIUS network login", "login server"),
    service(1813, "network login accounting", "login server"),
    service(1883, "MQTT device messages", "message server"),
    service(1900, "UPnP device discovery", "device"),
    service(2049, "NFS file sharing", "file server"),
    service(2055, "NetFlow traffic statistics", "statistics server"),
    service(2222, "secure shell login", "SSH server"),
    service(2323, "telnet login", "telnet server"),
    service(2375, "Docker container management", "container host"),
    service(2376, "Docker container management", "container host"),
    service(3128, "web proxy", "proxy"),
    service(3268, "directory lookup", "directory server"),
    service(3306, "MySQL database", "database server"),
    service(3389, "remote desktop", "remote desktop server"),
    service(3478, "STUN call set-up", "call server"),
    service(3702, "device discovery", "device"),
    service(4500, "VPN", "VPN gateway"),
    service(5060, "SIP internet telephony", "telephone server"),
    service(5061, "SIP internet telephony", "telephone server"),
    service(5222, "XMPP chat", "chat server"),
    service(5353, "mDNS local name discovery", "device"),
    service(5355, "LLMNR local name discovery", "device"),
    service(5432, "PostgreSQL database", "database server"),
    service(5555, "Android debugging", "Android device"),
    service(5672, "AMQP message queue", "message server"),
    service(5678, "router discovery", "router"),
    service(5900, "VNC remote screen", "VNC server"),
    service(5985, "Windows remote management", "Windows server"),
    service(5986, "Windows remote management", "Windows server"),
    service(6379, "Redis database", "database server"),
    service(6443, "Kubernetes cluster management", "cluster server"),
    service(6514, "syslog log collection", "log server"),
    service(6667, "IRC chat", "chat server"),
    service(6881, "BitTorrent file sharing", "peer"),
    service(7547, "TR-069 router management", "router"),
    service(8000, "web pages", "web server"),
    service(8080, "web pages", "web server"),
    service(8081, "web pages", "web server"),
    service(8443, "encrypted web pages", "web server"),
    service(8545, "Ethereum node", "Ethereum node"),
    service(8888, "web pages", "web server"),
    service(9001, "Tor relay", "Tor relay"),
    service(9092, "Kafka message queue", "message server"),
    service(9100, "printing", "printer"),
    service(9200, "Elasticsearch search database", "database server"),
    service(10050, "Zabbix monitoring", "monitored machine"),
    service(10051, "Zabbix monitoring", "monitoring server"),
    service(11211, "memcached cache", "cache server"),
    service(17500, "Dropbox discovery", "Dropbox client"),
    service(27017, "MongoDB database", "database server"),
    service(51413, "BitTorrent file sharing", "peer"),
    service(51820, "WireGuard VPN", "VPN gateway"),
];

/// What usually listens on `port`; `None` where no use is common enough to be named.
pub fn find(number: u8, port: u16) -> Option<&'static Service> {
    if !matches!(
        number,
        proto::TCP | proto::UDP | proto::SCTP | proto::UNKNOWN | proto::DCCP | proto::UDPLITE
    ) {
        return None;
    }
    SERVICES
        .binary_search_by_key(&port, |service| service.port)
        .ok()
        .and_then(|at| SERVICES.get(at))
}

/// "web pages (port 80)", "port 51515", "ping and other ICMP", "protocol 47".
pub fn phrase(number: u8, port: Option<u16>) -> String {
    match (number, port) {
        (proto::ICMP, _) => "ICMP messages".into(),
        (proto::ICMP6, _) => "ICMP messages of IPv6".into(),
        (proto::GRE, _) => "GRE tunnels".into(),
        (proto::ESP | proto::AH, _) => "IPsec VPN packets".into(),
        (proto::IGMP | proto::PIM, _) => "group membership".into(),
        (proto::OSPF, _) => "OSPF routing".into(),
        (proto::VRRP, _) => "router redundancy".into(),
        (_, None) => "an unnamed service".into(),
        (_, Some(port)) => match find(number, port) {
            Some(service) => format!("{} (port {port})", service.what),
            None => format!("port {port}"),
        },
    }
}

/// The same where it follows in brackets: "port 80, web pages".
pub fn aside(number: u8, port: Option<u16>) -> String {
    match port.and_then(|port| find(number, port)) {
        Some(service) => format!("port {}, {}", service.port, service.what),
        None => phrase(number, port),
    }
}

/// "web server", "web servers", "server".
pub fn server(number: u8, port: Option<u16>, how_many: u64) -> String {
    let noun = port
        .and_then(|port| find(number, port))
        // What has no port is no service, and its receiver no server.
        .map_or(
            if port.is_some() { "server" } else { "machine" },
            |service| service.server,
        );
    match (how_many, noun) {
        (1, _) => noun.into(),
        (_, "proxy") => "proxies".into(),
        _ => format!("{noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_search_finds_every_entry() {
        assert!(SERVICES.is_sorted_by(|left, right| left.port < right.port));
        for service in SERVICES {
            assert_eq!(find(proto::TCP, service.port), Some(service));
        }
    }

    #[test]
    fn a_port_without_common_use_stays_a_number() {
        assert_eq!(phrase(proto::TCP, Some(80)), "web pages (port 80)");
        assert_eq!(phrase(proto::TCP, Some(51_515)), "port 51515");
        assert_eq!(server(proto::TCP, Some(443), 8), "web servers");
        assert_eq!(server(proto::TCP, Some(51_515), 1), "server");
    }
}
