//! Pastes as people post them with "is this an attack", "why is this blocked", "is my server calling out": who opened
//! the connection, which way, and what an expert would answer. Written by us, with documentation addresses.

use super::{check_all, conclusion, told};
use whichway::engine::dataset::Band;
use whichway::engine::explain::headline;

struct Paste {
    what: &'static str,
    text: &'static str,
    /// One entry a session, as in the traps.
    sessions: &'static [&'static str],
    /// The headline says so.
    says: &'static str,
}

#[test]
fn pastes_get_the_answer_of_an_expert() {
    for paste in PASTES {
        let data = conclusion(paste.text);
        let sessions: Vec<String> = data
            .sessions
            .iter()
            .map(|session| told(&data, session))
            .collect();
        check_all(paste.what, &sessions, paste.sessions);
        let line = headline(&data);
        assert!(line.contains(paste.says), "{}\n{line}", paste.what);
    }
}

static PASTES: &[Paste] = &[
    Paste {
        what: "quoted in a mail, with a question around it: the tail of our own connections",
        text: "Hi all, my server logs this every few minutes, is this an attack??\n\n\
               > Mar  3 08:12:44 vps kernel: [91234.55] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.25 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=55 ID=0 DF PROTO=TCP SPT=443 DPT=48122 WINDOW=0 RES=0x00 ACK RST URGP=0\n\
               > Mar  3 08:12:49 vps kernel: [91239.55] [UFW BLOCK] IN=eth0 OUT= MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.25 DST=192.0.2.10 LEN=52 TOS=0x00 PREC=0x00 TTL=55 ID=0 DF PROTO=TCP SPT=443 DPT=48130 WINDOW=501 RES=0x00 ACK FIN URGP=0\n\nThanks!\n",
        sessions: &[
            "192.0.2.10:48122 > 203.0.113.25:443 outbound V01",
            "192.0.2.10:48130 > 203.0.113.25:443 outbound V01",
        ],
        says: "only answering, not attacking",
    },
    Paste {
        what: "answers of a name server that came too late",
        text: "firewall,info drop input: in:ether1-wan out:(unknown 0), src-mac 02:00:00:00:00:01, proto UDP, 203.0.113.53:53->198.51.100.7:51234, len 168\n\
               firewall,info drop input: in:ether1-wan out:(unknown 0), src-mac 02:00:00:00:00:01, proto UDP, 203.0.113.53:53->198.51.100.7:40021, len 92\n",
        sessions: &[
            "198.51.100.7:51234 > 203.0.113.53:53 outbound V14",
            "198.51.100.7:40021 > 203.0.113.53:53 outbound V14",
        ],
        says: "answers came too late",
    },
    Paste {
        what: "numbered, and the last packets of a web server's visitors",
        text: "1: %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/80 to 203.0.113.45/51515 flags RST  on interface dmz\n\
               2: %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/80 to 203.0.113.46/51517 flags RST ACK  on interface dmz\n\
               3: %ASA-6-106015: Deny TCP (no connection) from 10.0.0.11/80 to 203.0.113.47/33017 flags FIN ACK  on interface dmz\n",
        sessions: &[
            "203.0.113.45:51515 > 10.0.0.11:80 inbound V01",
            "203.0.113.46:51517 > 10.0.0.11:80 inbound V01",
            "203.0.113.47:33017 > 10.0.0.11:80 inbound V01",
        ],
        says: "Visitors opened these connections; your web server is not calling out",
    },
    Paste {
        what: "wrapped by a mail program in the middle of the line",
        text: "> Mar  3 08:12:44 vps kernel: [UFW BLOCK] IN=eth0 OUT=\n\
               > MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00 SRC=203.0.113.66\n\
               > DST=192.0.2.10 LEN=60 TOS=0x00 PREC=0x00 TTL=50 ID=3211 DF PROTO=TCP\n\
               > SPT=43120 DPT=22 WINDOW=65535 RES=0x00 SYN URGP=0\n",
        sessions: &["203.0.113.66:43120 > 192.0.2.10:22 inbound V02"],
        says: "203.0.113.66 tried to reach your SSH server",
    },
    Paste {
        what: "a home router's level in front, wrapped at 72 columns",
        text: "[INFO] Mon Feb 19 10:15:02 2024 Blocked incoming TCP connection request\n\
               from 203.0.113.9:51022 to 192.0.2.1:22\n\
               [INFO] Mon Feb 19 10:15:08 2024 Blocked incoming TCP connection request\n\
               from 203.0.113.9:51022 to 192.0.2.1:23\n",
        sessions: &[
            "203.0.113.9:51022 > 192.0.2.1:22 inbound V02",
            "203.0.113.9:51022 > 192.0.2.1:23 inbound V02",
        ],
        says: "the firewall refused",
    },
    Paste {
        what: "a table of a ticket, without protocol and day",
        text: "| Time | Source | Src Port | Destination | Dst Port | Action |\n\
               |------|--------|----------|-------------|----------|--------|\n\
               | 08:12:44 | 10.0.0.11 | 443 | 203.0.113.45 | 51515 | Deny |\n\
               | 08:12:45 | 10.0.0.11 | 443 | 203.0.113.46 | 40122 | Deny |\n\
               | 08:12:47 | 10.0.0.12 | 443 | 203.0.113.47 | 33333 | Deny |\n",
        sessions: &[
            "203.0.113.45:51515 > 10.0.0.11:443 inbound V01",
            "203.0.113.46:40122 > 10.0.0.11:443 inbound V01",
            "203.0.113.47:33333 > 10.0.0.12:443 inbound V01",
        ],
        says: "your web servers are not calling out",
    },
    Paste {
        what: "OPNsense's live view, as it is copied",
        text: "LAN\t\t2024-02-19T10:15:02\t10.0.0.11:443\t203.0.113.45:51515\ttcp\tDefault deny / state violation rule\t\n\
               LAN\t\t2024-02-19T10:15:03\t10.0.0.11:443\t203.0.113.46:40515\ttcp\tDefault deny / state violation rule\t\n",
        sessions: &[
            "203.0.113.45:51515 > 10.0.0.11:443 inbound V01",
            "203.0.113.46:40515 > 10.0.0.11:443 inbound V01",
        ],
        says: "your web server is not calling out",
    },
    Paste {
        what: "answers to an opening packet that the firewall never saw",
        text: "Feb 19 10:15:02 LAN Default deny rule IPv4 (1000000103) 192.168.1.10:443 203.0.113.45:51515 TCP:SA\n\
               Feb 19 10:15:03 LAN Default deny rule IPv4 (1000000103) 192.168.1.10:443 203.0.113.45:51515 TCP:SA\n\
               Feb 19 10:15:05 LAN Default deny rule IPv4 (1000000103) 192.168.1.10:443 203.0.113.45:51515 TCP:SA\n",
        sessions: &["203.0.113.45:51515 > 192.168.1.10:443 inbound V23"],
        says: "the firewall sees one half of the traffic",
    },
    Paste {
        what: "a packet that was too large, told by a router on the way",
        text: "Feb 19 10:15:02 filterlog[7]: 4,,,1000000103,igb0,match,block,in,4,0x0,,64,1,0,none,1,icmp,56,203.0.113.1,198.51.100.7,needfrag,192.0.2.80,1400\n",
        sessions: &["198.51.100.7 ? 192.0.2.80 V13"],
        says: "too large for a link on the way",
    },
    Paste {
        what: "the firewall's own address, after its own request",
        text: "id=firewall sn=000000000001 time=\"2024-03-03 08:12:44\" fw=198.51.100.1 pri=5 c=512 m=713 msg=\"TCP connection abort received; TCP connection dropped\" n=1 src=203.0.113.80:443:X1 dst=198.51.100.1:51515:X1 proto=tcp/51515 note=\"TCP Flag(s): ACK RST\"\n",
        sessions: &["198.51.100.1:51515 > 203.0.113.80:443 outbound V01"],
        says: "only answering, not attacking",
    },
    Paste {
        what: "a cloud access router refuses an answer; nothing says that its sender began",
        text: "1709453564.429996761 MX1 firewall src=203.0.113.80 dst=10.1.1.9 protocol=tcp sport=443 dport=51022 pattern: deny all\n",
        sessions: &["10.1.1.9:51022 > 203.0.113.80:443 outbound V01"],
        says: "only answering, not attacking",
    },
    Paste {
        what: "an FTP server opens the data connection that a client asked for",
        text: "Mar  3 08:12:44 ftp kernel: REJECT IN= OUT=eth0 SRC=192.0.2.21 DST=203.0.113.9 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=1 DF PROTO=TCP SPT=20 DPT=51200 WINDOW=64240 RES=0x00 SYN URGP=0\n",
        sessions: &["192.0.2.21:20 > 203.0.113.9:51200 outbound V03"],
        says: "file transfer data (active FTP, port 51200)",
    },
    Paste {
        what: "an export of a management console: port, name and protocol in one cell",
        text: "\"Time\",\"Event Type\",\"Action\",\"Source IP\",\"Destination IP\",\"Source Port / ICMP Type\",\"Destination Port / ICMP Code\",\"Access Control Rule\"\n\
               \"2024-02-19 10:15:02\",\"Connection\",\"Block\",\"10.1.1.5\",\"203.0.113.25\",\"50122 / tcp\",\"25 (smtp) / tcp\",\"block-smtp\"\n",
        sessions: &["10.1.1.5:50122 > 203.0.113.25:25 outbound V03"],
        says: "Your machine 10.1.1.5 tried to reach the mail server",
    },
    Paste {
        what: "an export with address, port and interface in one cell, and the decision in a sentence",
        text: "\"Time\",\"Priority\",\"Category\",\"Source\",\"Destination\",\"Notes\",\"Message\"\n\
               \"02/19/2024 10:15:02\",\"Notice\",\"Network Access\",\"203.0.113.9, 51022, X1\",\"192.0.2.20, 3389, X1\",\"TCP Port: 3389\",\"TCP connection dropped\"\n",
        sessions: &["203.0.113.9:51022 > 192.0.2.20:3389 V02 blocked"],
        says: "remote desktop",
    },
    Paste {
        what: "what a firewall holds open, asked at its command line",
        text: "session info: proto=6 proto_state=01 duration=3 expire=3597 timeout=3600 flags=00000000 sockflag=00000000\n\
               hook=post dir=org act=snat 10.1.1.5:50122->203.0.113.80:443(198.51.100.2:50122)\n\
               hook=pre dir=reply act=dnat 203.0.113.80:443->198.51.100.2:50122(10.1.1.5:50122)\n\
               TCP outside 203.0.113.81:443 inside 10.1.1.5:50123, idle 0:00:01, bytes 7734, flags UIO\n\
               TCP outside 203.0.113.9:51022 dmz 10.1.1.9:443, idle 0:00:04, bytes 900, flags UIOB\n",
        sessions: &[
            "10.1.1.5:50122 > 203.0.113.80:443 outbound V07",
            "10.1.1.5:50123 > 203.0.113.81:443 outbound V07",
            "203.0.113.9:51022 > 10.1.1.9:443 inbound V07",
        ],
        says: "nothing in this log was blocked",
    },
    Paste {
        what: "calls to everybody nearby",
        text: "%ASA-7-710005: UDP request discarded from 10.1.1.77/137 to inside:10.1.1.255/137\n\
               Mar  3 08:12:45 pc kernel: [UFW BLOCK] IN=wlan0 OUT= MAC= SRC=fe80::1 DST=ff02::fb LEN=100 TC=0 HOPLIMIT=255 FLOWLBL=0 PROTO=UDP SPT=5353 DPT=5353 LEN=60\n\
               date=2024-03-03 time=08:12:44 devname=fw1 devid=FG0 logid=0001000014 type=traffic subtype=local level=notice vd=root srcip=0.0.0.0 srcport=68 srcintf=\"lan\" dstip=255.255.255.255 dstport=67 dstintf=\"root\" sessionid=7 action=deny proto=17 service=\"DHCP\" policyid=0\n",
        sessions: &[
            "10.1.1.77:137 > 10.1.1.255:137 group V12",
            "[fe80::1]:5353 > [ff02::fb]:5353 group V12",
            "0.0.0.0:68 > 255.255.255.255:67 group V12",
        ],
        says: "nobody is attacked",
    },
    Paste {
        what: "a filter without memory lets the request in and the answer not out",
        text: "2 123456789012 eni-0a1b2c3d 10.0.1.11 203.0.113.45 443 51515 6 3 156 1709453564 1709453620 REJECT OK\n\
               2 123456789012 eni-0a1b2c3d 203.0.113.45 10.0.1.11 51515 443 6 5 300 1709453560 1709453620 ACCEPT OK\n",
        sessions: &["203.0.113.45:51515 > 10.0.1.11:443 inbound V09"],
        says: "a rule for outgoing packets blocks the answers",
    },
    Paste {
        what: "a laptop's and a server's own cards have the names of inside networks",
        text: "[UFW BLOCK] IN=wlan0 OUT= MAC= SRC=203.0.113.25 DST=192.168.1.5 LEN=52 TTL=58 ID=0 DF PROTO=TCP SPT=443 DPT=51000 WINDOW=0 RES=0x00 RST URGP=0\n\
               [UFW BLOCK] IN=br0 OUT= MAC= SRC=203.0.113.66 DST=192.168.1.5 LEN=40 TTL=50 ID=1 PROTO=TCP SPT=43122 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0\n",
        sessions: &[
            "192.168.1.5:51000 > 203.0.113.25:443 outbound V01",
            "203.0.113.66:43122 > 192.168.1.5:23 inbound V02",
        ],
        says: "only answering, not attacking",
    },
    Paste {
        what: "a stranger knocks at a router's own address; the router forwards other packets",
        text: "Feb 19 10:15:02 gw kernel: [WAN_LOCAL-default-D]IN=eth0 OUT= MAC= SRC=203.0.113.66 DST=198.51.100.7 LEN=40 TTL=50 ID=1 PROTO=TCP SPT=43122 DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0\n\
               Feb 19 10:15:03 gw kernel: [LAN_IN-2000-A]IN=eth1 OUT=eth0 MAC= SRC=192.168.1.20 DST=203.0.113.80 LEN=60 TTL=63 ID=1 PROTO=TCP SPT=50123 DPT=443 WINDOW=64240 RES=0x00 SYN URGP=0\n",
        sessions: &[
            "203.0.113.66:43122 > 198.51.100.7:23 to_firewall V02",
            "192.168.1.20:50123 > 203.0.113.80:443 outbound V07",
        ],
        says: "the firewall itself; it did not open",
    },
    Paste {
        what: "late answers that meet the rules of a tracker: a datagram never shows that it goes on",
        text: "Feb 19 10:15:02 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied 203.0.113.53/53->192.168.1.5/51234 None 17(0) default-deny untrust trust UNKNOWN UNKNOWN N/A(N/A) ge-0/0/1.0\n\
               Feb 19 10:15:03 srx RT_FLOW: RT_FLOW_SESSION_DENY: session denied 203.0.113.66/51022->192.168.1.5/22 junos-ssh 6(0) default-deny untrust trust UNKNOWN UNKNOWN N/A(N/A) ge-0/0/1.0\n",
        sessions: &[
            "192.168.1.5:51234 > 203.0.113.53:53 outbound V14",
            "203.0.113.66:51022 > 192.168.1.5:22 inbound V02",
        ],
        says: "",
    },
    Paste {
        what: "the own address deleted before posting, and a word that decides nothing",
        text: "Feb 19 10:15:02 web1 kernel: [81795.1] OUTGOING: IN= OUT=eth0 SRC= DST=203.0.113.80 LEN=40 TTL=64 ID=0 DF PROTO=TCP SPT=43594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0\n",
        sessions: &["sender not shown:43594 > 203.0.113.80:80 outbound V01"],
        says: "a later part, not a new attempt",
    },
    Paste {
        what: "masked, and told by the cards: from outside to a container, from a container to its host",
        text: "[UFW DOCKER BLOCK] IN=eth0 OUT=docker_gwbridge MAC=xx:xx SRC=xx.xx.xx.xx DST=203.0.113.3 LEN=60 TTL=52 ID=30439 DF PROTO=TCP SPT=28061 DPT=80 WINDOW=64240 RES=0x00 SYN URGP=0\n\
               [UFW BLOCK] IN=docker0 OUT= PHYSIN=veth1 MAC=xx:xx SRC=172.17.0.2 DST=yy.yy.yy.yy LEN=60 TTL=64 ID=58585 DF PROTO=TCP SPT=45360 DPT=5432 WINDOW=29200 RES=0x00 SYN URGP=0\n",
        sessions: &[
            "xx.xx.xx.xx:28061 > 203.0.113.3:80 inbound V02",
            "172.17.0.2:45360 > yy.yy.yy.yy:5432 V04",
        ],
        says: "",
    },
    Paste {
        what: "captures: sent again and never answered, with a mask; and refused at once",
        text: "09:44:00.164648 IP (tos 0x0, ttl 51, id 10900, offset 0, flags [DF], proto TCP (6), length 60)\n    <WANIP>.35288 > 10.1.0.2.80: Flags [S], cksum 0x6352 (correct), seq 3072849193, win 64240, length 0\n\
               09:44:01.236552 IP (tos 0x0, ttl 51, id 10901, offset 0, flags [DF], proto TCP (6), length 60)\n    <WANIP>.35288 > 10.1.0.2.80: Flags [S], cksum 0x5f22 (correct), seq 3072849193, win 64240, length 0\n\
               09:44:03.316364 IP (tos 0x0, ttl 51, id 10902, offset 0, flags [DF], proto TCP (6), length 60)\n    <WANIP>.35288 > 10.1.0.2.80: Flags [S], cksum 0x5702 (correct), seq 3072849193, win 64240, length 0\n\
               09:44:05.000001 IP (tos 0x0, ttl 64, id 7, offset 0, flags [DF], proto TCP (6), length 60)\n    10.0.0.5.40111 > 10.0.0.9.8080: Flags [S], cksum 0x5702 (correct), seq 1, win 64240, length 0\n\
               09:44:05.000101 IP (tos 0x0, ttl 64, id 8, offset 0, flags [DF], proto TCP (6), length 40)\n    10.0.0.9.8080 > 10.0.0.5.40111: Flags [R.], cksum 0x5702 (correct), seq 0, ack 2, win 0, length 0\n",
        sessions: &[
            "wanip:35288 > 10.1.0.2:80 inbound V08",
            "10.0.0.5:40111 > 10.0.0.9:8080 internal V11",
        ],
        says: "",
    },
    Paste {
        what: "neighbours answer the one that had called everybody",
        text: "[UFW BLOCK] IN=eth0 OUT= MAC= SRC=192.168.1.33 DST=192.168.1.10 LEN=320 TTL=64 ID=3 DF PROTO=UDP SPT=1900 DPT=45678 LEN=300\n\
               [UFW BLOCK] IN=eth0 OUT= MAC= SRC=192.168.1.34 DST=192.168.1.10 LEN=90 TTL=64 ID=4 PROTO=UDP SPT=137 DPT=41111 LEN=70\n",
        sessions: &[
            "192.168.1.10:45678 > 192.168.1.33:1900 internal V12",
            "192.168.1.10:41111 > 192.168.1.34:137 internal V12",
        ],
        says: "answered 192.168.1.10, which had asked everybody nearby",
    },
    Paste {
        what: "reports about a packet: of one the conversation is named, of the other not",
        text: "[INFO] Mon Feb 19 10:15:02 2024 Blocked incoming ICMP error message (ICMP type 3) from 203.0.113.53 to 198.51.100.7 as there is no UDP session active between 198.51.100.7:44444 and 203.0.113.53:53\n\
               Feb 19 10:15:04 r1 12: %SEC-6-IPACCESSLOGDP: list 101 denied icmp 203.0.113.4 -> 198.51.100.7 (3/13), 1 packet\n",
        sessions: &[
            "198.51.100.7:44444 > 203.0.113.53:53 V13",
            "198.51.100.7 > 203.0.113.4 V13",
        ],
        says: "",
    },
    Paste {
        what: "routers at home, each in its own words",
        text: "10:15:07, 19 Feb. IN: BLOCK [9] Packet invalid in connection (TCP 203.0.113.25:443-&gt;198.51.100.7:51234 on ppp1)\n\
               10:15:08, 19 Feb. OUT: BLOCK [65] First packet is Invalid (TCP 192.168.1.66:50311->203.0.113.25:443 on ppp1)\n\
               10:15:09, 19 Feb. IN: BLOCK [16] Remote administration (TCP [203.0.113.66]:43211->[198.51.100.7]:23 on ppp1)\n",
        sessions: &[
            "198.51.100.7:51234 > 203.0.113.25:443 V01",
            "192.168.1.66:50311 > 203.0.113.25:443 outbound V01",
            "203.0.113.66:43211 > 198.51.100.7:23 V02",
        ],
        says: "",
    },
    Paste {
        what: "routers of providers",
        text: "INF 2024-02-19T10:15:02-05:00 fw,fwmon src=203.0.113.25 dst=198.51.100.7 ipprot=6 sport=80 dport=50544 Unknown inbound session stopped\n\
               INF 2024-02-19T10:15:03-05:00 fw,fwmon src=203.0.113.66 dst=198.51.100.7 ipprot=6 sport=6000 dport=1433 Unknown inbound session stopped\n\
               FIREWALL rule (1 of 1): Protocol: UDP  Src ip: 203.0.113.67  Src port: 43722  Dst ip: 198.51.100.7  Dst port: 1026  Chain: sink_fire  Rule Id: 1  Action: drop\n",
        sessions: &[
            "198.51.100.7:50544 > 203.0.113.25:80 outbound V01",
            "203.0.113.66:6000 > 198.51.100.7:1433 inbound V02",
            "203.0.113.67:43722 > 198.51.100.7:1026 inbound V02",
        ],
        says: "",
    },
    Paste {
        what: "old Linux: the level of the message inside the line, and a filter before chains",
        text: "Feb 19 10:15:02 gw kernel: DROP IN=eth0 OUT= MAC=aa <1>SRC=203.0.113.66 DST=198.51.100.7 <1>LEN=40 TTL=50 ID=1 PROTO=TCP <1>SPT=43122 DPT=8080 SEQ=1 ACK=0 WINDOW=1024 RES=0x00 SYN URGP=0\n\
               Feb 19 10:15:03 gw kernel: IP fw-in rej eth0 TCP 203.0.113.9:1633 198.51.100.7:23 L=44 S=0x00 I=54054 F=0x0040 T=50\n",
        sessions: &[
            "203.0.113.66:43122 > 198.51.100.7:8080 inbound V02",
            "203.0.113.9:1633 > 198.51.100.7:23 inbound V02",
        ],
        says: "the firewall refused",
    },
    Paste {
        what: "a provider's report of a search: the date has blanks, the own address is hidden, the partners' are private",
        text: "##########################################################################\n\
               #               Netscan detected from host     xxx.xx.xxx.xx             #\n\
               ##########################################################################\n\n\
               time                protocol src_ip src_port          dest_ip dest_port\n\
               ---------------------------------------------------------------------------\n\
               Mon Feb 19 10:15:02 2024 TCP     xxx.xx.xxx.xx 55611 =>      172.20.0.9 13111\n\
               Mon Feb 19 10:15:04 2024 TCP     xxx.xx.xxx.xx 51122 =>    192.168.3.11 13111\n\
               Mon Feb 19 10:16:42 2024 TCP     xxx.xx.xxx.xx 34233 =>      10.140.0.6 9857\n\
               Mon Feb 19 10:17:42 2024 TCP     xxx.xx.xxx.xx 43844 =>     10.150.0.17 9857\n\
               Mon Feb 19 10:18:42 2024 TCP     xxx.xx.xxx.xx 43855 =>    100.64.10.17 9857\n",
        sessions: &[
            "xxx.xx.xxx.xx:55611 > 172.20.0.9:13111 outbound V17",
            "xxx.xx.xxx.xx:51122 > 192.168.3.11:13111 outbound V17",
            "xxx.xx.xxx.xx:34233 > 10.140.0.6:9857 outbound V17",
            "xxx.xx.xxx.xx:43844 > 10.150.0.17:9857 outbound V17",
            "xxx.xx.xxx.xx:43855 > 100.64.10.17:9857 outbound V17",
        ],
        says: "private addresses that its partners gave it",
    },
    Paste {
        what: "a row of a report, cut before its flags: what is not there was not unset",
        text: "[UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.9 DST=192.0.2.10 LEN=40 TOS=0x00 PREC=0x00 TTL=240 ID=6 PROTO=TCP SPT=42772 DPT=3194 WINDOW=1024",
        sessions: &["203.0.113.9:42772 > 192.0.2.10:3194 inbound V02"],
        says: "the firewall refused",
    },
    Paste {
        what: "words for addresses: who is called the client of a mail server came from outside",
        text: "Feb 19 10:15:02 box kernel: [UFW BLOCK] IN=eth0 OUT= SRC=CLIENT DST=SERVER LEN=40 TTL=54 ID=0 DF PROTO=TCP SPT=40105 DPT=993 WINDOW=0 RES=0x00 RST URGP=0",
        sessions: &["client:40105 > server:993 inbound V01"],
        says: "A visitor opened this connection to your mail server",
    },
    Paste {
        what: "one mask for both ends: what comes in at the machine that wrote the line came to it",
        text: "Feb 19 10:15:02 box kernel: [UFW BLOCK] IN=eth0 OUT= SRC=<IP_V4> DST=<IP_V4> LEN=52 TTL=51 ID=2 DF PROTO=TCP SPT=29199 DPT=443 WINDOW=1061 RES=0x00 ACK FIN URGP=0",
        sessions: &["ip_v4:29199 > ip_v4:443 inbound V01"],
        says: "A visitor opened this connection to your web server",
    },
    Paste {
        what: "an opening and its answer between two machines of one mask, and both addresses deleted",
        text: "10:15:02.100000 IP x.x.x.x.51514 > x.x.x.x.443: Flags [S], seq 1, win 64240, length 0\n\
               10:15:02.120000 IP x.x.x.x.443 > x.x.x.x.51514: Flags [S.], seq 9, ack 2, win 65160, length 0\n\
               Feb 19 10:15:02 box kernel: [UFW BLOCK] IN=eth0 OUT= SRC= DST= LEN=52 TTL=51 ID=2 DF PROTO=TCP SPT=443 DPT=51514 WINDOW=501 RES=0x00 ACK FIN URGP=0\n\
               Feb 19 10:15:04 box kernel: [UFW BLOCK] IN=eth0 OUT= SRC= DST= LEN=36 TTL=1 ID=0 DF PROTO=2",
        sessions: &[
            "x.x.x.x:51514 > x.x.x.x:443 lines=2",
            "shown:51514 > address not shown:443 outbound V01",
            "group V12",
        ],
        says: "only answering, not attacking",
    },
    Paste {
        what: "answers of clocks and name servers to the port of a web server: somebody asks in its name to flood it",
        text: "Feb 19 10:15:02 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.20 DST=192.0.2.7 LEN=468 TTL=55 ID=0 DF PROTO=UDP SPT=123 DPT=80 LEN=448\n\
               Feb 19 10:15:02 gw kernel: DROP IN=eth0 OUT= SRC=198.51.100.21 DST=192.0.2.7 LEN=468 TTL=55 ID=0 DF PROTO=UDP SPT=123 DPT=80 LEN=448\n\
               Feb 19 10:15:02 gw kernel: DROP IN=eth0 OUT= SRC=198.18.3.99 DST=192.0.2.7 LEN=468 TTL=55 ID=0 DF PROTO=UDP SPT=123 DPT=80 LEN=448\n\
               Feb 19 10:15:03 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.53 DST=192.0.2.7 LEN=168 TTL=55 ID=0 DF PROTO=UDP SPT=53 DPT=40080 LEN=148",
        sessions: &[
            "192.0.2.7:80 > 203.0.113.20:123 V06",
            "192.0.2.7:80 > 198.51.100.21:123 V06",
            "192.0.2.7:80 > 198.18.3.99:123 V06",
            "192.0.2.7:40080 > 203.0.113.53:53 outbound V14",
        ],
        says: "Nobody here started this",
    },
    Paste {
        what: "packets as the lists of Wireshark and tshark show them",
        text: "No.     Time           Source                Destination           Protocol Length Info\n\
               \x20     1 0.000000       10.0.0.5              203.0.113.80          TCP      66     51514 → 443 [SYN] Seq=0 Win=64240 Len=0 MSS=1460\n\
               \x20     2 0.021000       203.0.113.80          10.0.0.5              TCP      66     443 → 51514 [SYN, ACK] Seq=0 Ack=1 Win=65160 Len=0\n\
               \x20     3 0.022000       10.0.0.5              203.0.113.80          TLSv1.3  571    Client Hello\n\
               \x20   4 1.000000000 10.0.0.5 → 198.51.100.9 TCP 74 51520 → 8443 [SYN] Seq=0 Win=64240 Len=0\n\
               \x20   5 2.010000000 10.0.0.5 → 198.51.100.9 TCP 74 [TCP Retransmission] 51520 → 8443 [SYN] Seq=0 Win=64240 Len=0\n",
        sessions: &[
            "10.0.0.5:51514 > 203.0.113.80:443 outbound lines=2",
            "10.0.0.5:51520 > 198.51.100.9:8443 outbound V03 unknown",
        ],
        says: "",
    },
    Paste {
        what: "a line that somebody broke where its fields seemed to belong together",
        text: "Feb 19 10:15:02 vps kernel: [71910.873]\n\
               [UFW BLOCK] IN=eth0 OUT=\n\
               MAC=02:00:00:00:00:01:02:00:00:00:00:02:08:00\n\
               SRC=203.0.113.66 DST=192.0.2.10\n\
               LEN=40 TOS=0x00 PREC=0x00 TTL=251 ID=62215 PROTO=TCP\n\
               SPT=42772 DPT=3194 WINDOW=1024\n\
               RES=0x00 SYN URGP=0\n",
        sessions: &["203.0.113.66:42772 > 192.0.2.10:3194 inbound V02 lines=1"],
        says: "the firewall refused",
    },
    Paste {
        what: "messages out of a printed page, and the firewall's own interface by its old name",
        text: "%ASA-6-302013: Built inbound TCP connection 8 for\n\
               inside:10.1.1.2/12523 (10.1.1.2/12523) to NP Identity\n\
               Ifc:10.1.1.1/22 (10.1.1.1/22)\n\
               %ASA-6-302014: Teardown TCP connection 8 for inside:\n\
               10.1.1.2/12523 to NP Identity Ifc:10.1.1.1/22 duration\n\
               0:00:53 bytes 2436 TCP FINs\n",
        sessions: &["10.1.1.2:12523 > 10.1.1.1:22 to_firewall V07 lines=2"],
        says: "nothing in this log was blocked",
    },
    Paste {
        what: "programs of one machine talk to each other, and nothing was refused",
        text: "[UFW AUDIT] IN=lo OUT= MAC=00:00:00:00:00:00:00:00:00:00:00:00:08:00 SRC=192.168.1.5 DST=192.168.1.5 LEN=60 TTL=64 ID=7 DF PROTO=TCP SPT=50222 DPT=8125 WINDOW=65495 RES=0x00 SYN URGP=0",
        sessions: &["192.168.1.5:50222 > 192.168.1.5:8125 internal V04 unknown"],
        says: "192.168.1.5 tried to reach itself; whether it got through, the lines do not say",
    },
    Paste {
        what: "a filter of the firewall's own address, alone in the paste",
        text: "date=2024-02-19 time=10:15:02 type=\"traffic\" subtype=\"local\" vd=\"root\" srcip=10.1.18.4 srcport=49812 srcintf=\"port3\" dstip=10.1.27.1 dstport=80 dstintf=\"root\" proto=6 action=\"deny\" policyid=0 policytype=\"local-in-policy\" service=\"HTTP\"",
        sessions: &["10.1.18.4:49812 > 10.1.27.1:80 to_firewall V04"],
        says: "knocked at the firewall itself",
    },
    Paste {
        what: "what comes in at the outside interface is meant for us, though nobody says whose the address is",
        text: "Feb 19 10:15:02 192.0.2.2 %ASA-6-106015: Deny TCP (no connection) from 203.0.113.66/443 to 198.51.100.222/52746 flags RST  on interface outside",
        sessions: &["198.51.100.222:52746 > 203.0.113.66:443 outbound V01"],
        says: "only answering, not attacking",
    },
    Paste {
        what: "a name server asked in somebody else's name: no program's datagrams come from the port of a web server",
        text: "Feb 19 10:15:02 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.5 DST=198.51.100.2 LEN=64 TTL=240 PROTO=UDP SPT=80 DPT=53 LEN=44\n\
               Feb 19 10:15:03 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.5 DST=198.51.100.2 LEN=64 TTL=240 PROTO=UDP SPT=80 DPT=1900 LEN=44",
        sessions: &[
            "203.0.113.5:80 > 198.51.100.2:53 inbound V02",
            "203.0.113.5:80 > 198.51.100.2:1900 inbound V02",
        ],
        says: "the firewall refused",
    },
    Paste {
        what: "partners of a tunnel speak from 500 to 500, with long first messages; clocks from 123 to 123, either way",
        text: "Feb 19 10:15:02 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.10 DST=198.51.100.2 LEN=443 TTL=50 PROTO=UDP SPT=500 DPT=500 LEN=423\n\
               Feb 19 10:15:03 gw kernel: DROP IN=eth0 OUT= SRC=203.0.113.123 DST=198.51.100.2 LEN=76 TTL=50 PROTO=UDP SPT=123 DPT=123 LEN=56",
        sessions: &[
            "203.0.113.10:500 > 198.51.100.2:500 inbound V02",
            "203.0.113.123:123 ? 198.51.100.2:123 unknown V24",
        ],
        says: "VPN gateway",
    },
    Paste {
        what: "our reset at a door that nobody opened, knocked at from a mail server's port",
        text: "Feb 19 10:15:02 web kernel: OUT: IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.126 LEN=40 TTL=64 ID=0 DF PROTO=TCP SPT=81 DPT=587 WINDOW=0 RES=0x00 ACK RST URGP=0",
        sessions: &["203.0.113.126:587 > 192.0.2.10:81 inbound V01"],
        says: "your web server",
    },
    Paste {
        what: "a machine inside answers again and again what this firewall never saw",
        text: "Block\tFeb 19 10:15:02\tLAN\tDefault deny rule IPv4 (1000000103)\t192.168.1.10:3389\t10.0.8.6:50212\tTCP:SA\n\
               Block\tFeb 19 10:15:05\tLAN\tDefault deny rule IPv4 (1000000103)\t192.168.1.10:3389\t10.0.8.6:50212\tTCP:SA\n",
        sessions: &["10.0.8.6:50212 > 192.168.1.10:3389 internal V23 tries=2"],
        says: "one half of the traffic",
    },
    Paste {
        what: "our server's answers at a rule that only writes down: three lines are three packets, and none came late",
        text: "Feb 19 10:15:02 web kernel: OUT: IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.66 LEN=44 TTL=64 ID=0 DF PROTO=TCP SPT=80 DPT=41244 WINDOW=29200 RES=0x00 ACK SYN URGP=0\n\
               Feb 19 10:15:02 web kernel: OUT: IN= OUT=eth0 SRC=192.0.2.10 DST=198.51.100.61 LEN=44 TTL=64 ID=0 DF PROTO=TCP SPT=80 DPT=1244 WINDOW=29200 RES=0x00 ACK SYN URGP=0\n\
               Feb 19 10:15:03 web kernel: OUT: IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.9 LEN=44 TTL=64 ID=0 DF PROTO=TCP SPT=80 DPT=51244 WINDOW=29200 RES=0x00 ACK SYN URGP=0",
        sessions: &[
            "203.0.113.66:41244 > 192.0.2.10:80 inbound V01",
            "198.51.100.61:1244 > 192.0.2.10:80 inbound V01",
            "203.0.113.9:51244 > 192.0.2.10:80 inbound V01",
        ],
        says: "3 reply packets from your web server 192.0.2.10 (port 80, web pages) to 3 visitors answered requests",
    },
    Paste {
        what: "answers that a host never asked for, from three unrelated networks",
        text: "[1.1] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.5 DST=192.0.2.10 LEN=44 TTL=50 ID=0 DF PROTO=TCP SPT=80 DPT=21571 WINDOW=14600 RES=0x00 ACK SYN URGP=0\n\
               [5.1] [UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.10 LEN=44 TTL=52 ID=0 DF PROTO=TCP SPT=8080 DPT=40112 WINDOW=14600 RES=0x00 ACK SYN URGP=0\n\
               [9.1] [UFW BLOCK] IN=eth0 OUT= SRC=198.18.3.240 DST=192.0.2.10 LEN=44 TTL=52 ID=0 DF PROTO=TCP SPT=22 DPT=1443 WINDOW=14600 RES=0x00 ACK SYN URGP=0",
        sessions: &[
            "192.0.2.10:21571 > 203.0.113.5:80 inbound V06",
            "192.0.2.10:40112 > 198.51.100.7:8080 inbound V06",
            "192.0.2.10:1443 > 198.18.3.240:22 inbound V06",
        ],
        says: "Nobody here started this",
    },
    Paste {
        what: "a router of IPv6 makes itself known, its address hidden",
        text: "Feb 19 10:15:02 box kernel: Dropped by firewall: IN=eth0 OUT= SRC=xxxx:0000:0000:0000:0000:0000:0000:0001 DST=xxxx:0000:0000:0000:0000:0000:0000:0001 LEN=104 TC=224 HOPLIMIT=255 FLOWLBL=0 PROTO=ICMPv6 TYPE=134 CODE=0",
        sessions: &["V12"],
        says: "nobody is attacked",
    },
    Paste {
        what: "a search for the way, shown by a hosting panel as a port scan",
        text: "Feb 19 10:15:02 web kernel: Firewall: *UDP_IN Blocked* IN=eth1 OUT= SRC=client_ip DST=server_ip LEN=60 TTL=2 ID=6 PROTO=UDP SPT=43731 DPT=33437 LEN=40\n\
               Feb 19 10:15:02 web kernel: Firewall: *UDP_IN Blocked* IN=eth1 OUT= SRC=client_ip DST=server_ip LEN=60 TTL=1 ID=2 PROTO=UDP SPT=38463 DPT=33438 LEN=40\n\
               Feb 19 10:15:02 web kernel: Firewall: *UDP_IN Blocked* IN=eth1 OUT= SRC=client_ip DST=server_ip LEN=60 TTL=1 ID=4 PROTO=UDP SPT=46079 DPT=33439 LEN=40\n\
               Feb 19 10:15:02 web kernel: Firewall: *UDP_IN Blocked* IN=eth1 OUT= SRC=client_ip DST=server_ip LEN=60 TTL=3 ID=8 PROTO=UDP SPT=35098 DPT=33440 LEN=40\n\
               Feb 19 10:15:07 web kernel: Firewall: *UDP_IN Blocked* IN=eth1 OUT= SRC=client_ip DST=server_ip LEN=60 TTL=6 ID=9 PROTO=UDP SPT=52047 DPT=33443 LEN=40\n\
               Feb 19 10:15:07 web kernel: Firewall: *UDP_IN Blocked* IN=eth1 OUT= SRC=client_ip DST=server_ip LEN=60 TTL=5 ID=5 PROTO=UDP SPT=57951 DPT=33444 LEN=40",
        sessions: &[
            "client_ip:43731 > server_ip:33437 inbound V02",
            "client_ip:38463 > server_ip:33438 inbound V02",
            "client_ip:46079 > server_ip:33439 inbound V02",
            "client_ip:35098 > server_ip:33440 inbound V02",
            "client_ip:52047 > server_ip:33443 inbound V02",
            "client_ip:57951 > server_ip:33444 inbound V02",
        ],
        says: "looked for the way to your machine; nobody is attacked",
    },
    Paste {
        what: "an alarm of a port scan that is an answer of a web server",
        text: "[Root]system-alert-00016: Port scan! From 198.51.100.20:80 to 203.0.113.33:8254, proto TCP (zone Untrust, int ethernet1). Occurred 1 times.",
        sessions: &["203.0.113.33:8254 > 198.51.100.20:80 outbound V24"],
        says: "203.0.113.33 opened 1 connection to 198.51.100.20",
    },
    Paste {
        what: "a capture with the cards in front; and a row that somebody wrote by hand, with a date in front",
        text: "10:15:02.646605 02:00:00:98:00:01 > 02:00:00:98:00:26, ethertype IPv4 (0x0800), length 66: 10.0.0.5.51515 > 203.0.113.80.443: Flags [S], seq 1, win 64240, length 0\n\
               2024-02-19 10:15:04 DROP TCP 203.0.113.9:443 -> 192.0.2.10:51515 RST",
        sessions: &[
            "10.0.0.5:51515 > 203.0.113.80:443 outbound V03",
            "192.0.2.10:51515 > 203.0.113.9:443 V01",
        ],
        says: "",
    },
    Paste {
        what: "partners call for hours after a program for sharing files has ended",
        text: "Feb 19 10:15:02 kernel: DROP IN=ppp0 OUT= SRC=203.0.113.10 DST=192.0.2.2 LEN=131 TTL=50 ID=1 PROTO=UDP SPT=6881 DPT=51413 LEN=111\n\
               Feb 19 10:15:03 kernel: DROP IN=ppp0 OUT= SRC=198.51.100.77 DST=192.0.2.2 LEN=131 TTL=50 ID=1 PROTO=UDP SPT=49001 DPT=51413 LEN=111\n\
               Feb 19 10:15:05 kernel: DROP IN=ppp0 OUT= SRC=198.18.4.4 DST=192.0.2.2 LEN=52 TTL=50 ID=1 DF PROTO=TCP SPT=50222 DPT=51413 WINDOW=8192 RES=0x00 SYN URGP=0\n\
               Feb 19 10:15:07 kernel: DROP IN=ppp0 OUT= SRC=100.127.7.8 DST=192.0.2.2 LEN=131 TTL=50 ID=1 PROTO=UDP SPT=27001 DPT=51413 LEN=111\n\
               Feb 19 10:15:09 kernel: DROP IN=ppp0 OUT= SRC=198.19.1.8 DST=192.0.2.2 LEN=131 TTL=50 ID=1 PROTO=UDP SPT=16881 DPT=51413 LEN=111",
        sessions: &["V17", "V17", "V17", "V17", "V17"],
        says: "5 machines knocked at port 51413 of your machine",
    },
    Paste {
        what: "a device's own address, behind which all machines stand",
        text: "2024-02-19 10:15:02 Deny 203.0.113.20 198.51.100.2 51514/tcp 443 51514 0-External Firebox tcp syn checking failed (expecting SYN packet for new TCP connection, but received ACK, FIN, or RST instead). 40 241 (Internal Policy)  proc_id=\"firewall\" rc=\"101\" msg_id=\"3000-0148\" tcp_info=\"offset 5 A 1741340462 win 0\"",
        sessions: &["198.51.100.2:51514 > 203.0.113.20:443 outbound V01"],
        says: "only answering, not attacking",
    },
    Paste {
        what: "routers at home that say which way",
        text: "[INFO] Mon Feb 19 10:15:02 2024 Blocked incoming TCP packet from 203.0.113.20:443 to 198.51.100.2:51514 as RST:ACK received but there is no active connection\n\
               [INFO] Mon Feb 19 10:15:05 2024 Blocked outgoing TCP packet from 192.168.0.100:50122 to 203.0.113.21:80 as FIN:ACK received but there is no active connection\n\
               02/19/2024 10:15:02 **TCP FIN Scan** 203.0.113.20, 443->> 192.168.2.3, 51234 (from PPPoE Inbound)\n\
               02/19/2024 10:15:08 **SYN Flood to Host** 192.168.2.3, 51235->> 203.0.113.77, 80 (from PPPoE Outbound)\n\
               Feb 19 10:15:02 2024 Inbound Traffic Blocked - Default policy TCP 203.0.113.66:45621->198.51.100.2:23 on eth1\n",
        sessions: &[
            "198.51.100.2:51514 > 203.0.113.20:443 outbound V01",
            "192.168.0.100:50122 > 203.0.113.21:80 outbound V01",
            "192.168.2.3:51234 > 203.0.113.20:443 outbound",
            "192.168.2.3:51235 > 203.0.113.77:80 outbound V03",
            "203.0.113.66:45621 > 198.51.100.2:23 inbound V02",
        ],
        says: "only answering, not attacking",
    },
    Paste {
        what: "guards of desktops, and the live view of a firewall's page",
        text: "Feb 19 10:15:02 mac socketfilterfw[112] <Info>: Stealth Mode connection attempt to TCP 192.168.1.5:51514 from 203.0.113.20:443\n\
               2/19/2024 10:15:02 AM\tDetected Port Scanning attack\t192.168.1.1:53\t192.168.1.5:50123\tUDP\n\
               10:15:02  Default DROP  TCP  203.0.113.21  :  443  →  198.51.100.2  :  51515  [ACK FIN]  len=52  ttl=54  tos=0x00  srcmac=02:00:00:00:00:01\n",
        sessions: &[
            "192.168.1.5:51514 > 203.0.113.20:443 outbound V01",
            "192.168.1.5:50123 > 192.168.1.1:53 internal",
            "198.51.100.2:51515 > 203.0.113.21:443 V01 reply_blocked",
        ],
        says: "only answering, not attacking",
    },
    Paste {
        what: "a word instead of an address is no name",
        text: "Feb 19 10:15:02 box kernel: IN=eth0 OUT=br-d65c MAC=<filtered> SRC=<filtered> DST=172.20.0.2 LEN=64 TTL=50 ID=0 DF PROTO=TCP SPT=54694 DPT=9115 WINDOW=65535 RES=0x00 SYN URGP=0",
        sessions: &["filtered:54694 > 172.20.0.2:9115 inbound V02"],
        says: "(address not shown) tried to reach your server",
    },
    Paste {
        what: "what is left of connections between two ports that say nothing",
        text: "[9.1] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.20 DST=192.0.2.10 LEN=40 TTL=44 ID=1 PROTO=TCP SPT=60034 DPT=55282 WINDOW=0 RES=0x00 ACK RST URGP=0\n\
               [9.2] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.21 DST=192.0.2.10 LEN=40 TTL=44 ID=2 PROTO=TCP SPT=13557 DPT=30610 WINDOW=229 RES=0x00 ACK FIN URGP=0\n",
        sessions: &[
            "203.0.113.20:60034 ? 192.0.2.10:55282 V01",
            "203.0.113.21:13557 ? 192.0.2.10:30610 V01",
        ],
        says: "left over from connections, not a new attempt",
    },
    Paste {
        what: "a bare acknowledgement may be a probe as well",
        text: "[9.1] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.20 DST=192.0.2.10 LEN=40 TTL=44 ID=1 PROTO=TCP SPT=60034 DPT=55282 WINDOW=512 RES=0x00 ACK URGP=0\n",
        sessions: &["? V24"],
        says: "cannot be told",
    },
    Paste {
        what: "the packet that a report quotes was an opening, and went to somebody else's private address",
        text: "[9.1] [UFW BLOCK] IN=eth0 OUT= SRC=203.0.113.20 DST=192.0.2.10 LEN=88 TTL=47 ID=1 PROTO=ICMP TYPE=3 CODE=1 [SRC=192.0.2.10 DST=192.168.1.100 LEN=60 TTL=46 ID=2 DF PROTO=TCP SPT=33114 DPT=16984 WINDOW=5840 RES=0x00 SYN URGP=0 ]",
        sessions: &["192.0.2.10:33114 > 192.168.1.100:16984 outbound V13"],
        says: "tried to reach",
    },
    Paste {
        what: "the datagram that a report quotes was sent by who gets the report",
        text: "[9.1] Inbound IN=ppp0 OUT= MAC= SRC=203.0.113.20 DST=192.0.2.10 LEN=143 TTL=54 ID=1 PROTO=ICMP TYPE=3 CODE=3 [SRC=192.0.2.10 DST=203.0.113.20 LEN=115 TTL=56 ID=0 DF PROTO=UDP SPT=42919 DPT=50604 LEN=95 ]",
        sessions: &["192.0.2.10:42919 > 203.0.113.20:50604 outbound V13"],
        says: "nobody listens on that port",
    },
    Paste {
        what: "a handshake that went on, of which no line says what was decided",
        text: "Feb 19 10:15:02 box kernel: FTP IN: IN=eth0 OUT= SRC=203.0.113.20 DST=192.168.1.10 LEN=60 TTL=50 ID=1 PROTO=TCP SPT=32775 DPT=21 WINDOW=65535 RES=0x00 SYN URGP=0\n\
               Feb 19 10:15:02 box kernel: FTP OUT: IN= OUT=eth0 SRC=192.168.1.10 DST=203.0.113.20 LEN=60 TTL=64 ID=0 DF PROTO=TCP SPT=21 DPT=32775 WINDOW=5760 RES=0x00 ACK SYN URGP=0\n\
               Feb 19 10:15:02 box kernel: FTP IN: IN=eth0 OUT= SRC=203.0.113.20 DST=192.168.1.10 LEN=52 TTL=50 ID=2 PROTO=TCP SPT=32775 DPT=21 WINDOW=65535 RES=0x00 ACK URGP=0\n",
        sessions: &["203.0.113.20:32775 > 192.168.1.10:21 inbound V07"],
        says: "nothing in this log was blocked",
    },
    Paste {
        what: "the last address of the sender's own network is everybody, also of a public one",
        text: "%SEC-6-IPACCESSLOGP: list 177 denied udp 203.0.113.108(55250) -> 203.0.113.255(15600), 1 packet",
        sessions: &["203.0.113.108:55250 > 203.0.113.255:15600 group V12"],
        says: "",
    },
    Paste {
        what: "a customer who dialled in, behind a router that translates, and a way out that is called after its number",
        text: "firewall,info forward: in:<pppoe-anna> out:vlan2436, connection-state:new,snat proto TCP (SYN), 100.64.7.20:35420->203.0.113.160:22, NAT (100.64.7.20:35420->198.51.100.119:35420)->203.0.113.160:22, len 60",
        sessions: &["100.64.7.20:35420 > 203.0.113.160:22 outbound V03"],
        says: "on the internet",
    },
    Paste {
        what: "logged before it was known where the packet goes to",
        text: "Feb 19 10:15:02 gw kernel: [DST-NAT-1]IN=eth4 OUT= SRC=172.17.1.2 DST=203.0.113.8 LEN=56 TTL=64 ID=1 PROTO=UDP SPT=31135 DPT=53 LEN=36",
        sessions: &["172.17.1.2:31135 > 203.0.113.8:53 outbound V03"],
        says: "on the internet",
    },
    Paste {
        what: "broken by hand, without a time and with the rest indented",
        text: "calico-packet: IN=cali1 OUT=eth0 MAC=.. SRC=10.10.195.217 DST=203.0.113.23\n    LEN=93 TOS=0x04 PREC=0x00 TTL=\n  63 ID=14229 PROTO=UDP SPT=50000 DPT=17488 LEN=73\n",
        sessions: &["10.10.195.217:50000 > 203.0.113.23:17488 outbound"],
        says: "",
    },
    Paste {
        what: "what Cilium's agent prints of its drops",
        text: "xx drop (Policy denied) flow 0x8e21ac4b to endpoint 1842, ifindex 27, file bpf_lxc.c:2114, , identity 14213->9917: 10.128.14.211:52344 -> 10.128.19.87:5432 tcp SYN\n\
               xx drop (Policy denied) flow 0x1c7730fa to endpoint 1842, ifindex 27, file bpf_lxc.c:2114, , identity 14213->9917: 10.128.14.211:52344 -> 10.128.19.87:5432 tcp SYN\n\
               xx drop (Policy denied (L3)) to endpoint 25729, identity 261->264: 10.11.13.37 -> 10.11.101.61 EchoRequest\n\
               -> endpoint 2438 flow 0x1 , identity 61203->14584 state new ifindex lxc0 orig-ip 10.128.1.212: 10.128.1.212:41008 -> 10.128.1.29:80 tcp SYN\n",
        sessions: &[
            "10.128.14.211:52344 > 10.128.19.87:5432 internal V04",
            "10.11.13.37 > 10.11.101.61 internal V04",
            "10.128.1.212:41008 > 10.128.1.29:80 internal V07",
        ],
        says: "tried to reach",
    },
    Paste {
        what: "the lists of a desktop's guard, which call no port of the sender",
        text: "Time:Oct  7 15:04:56 Direction: Unknown In:eth0 Out: Port:45173 Source:203.0.113.66 Destination:192.168.0.7 Length:48 TOS:0x00 Protocol:TCP Service:Unknown\n\
               Time:Dec  7 15:05:56 Direction: Unknown In: Out:ppp0 Port:80 Source:192.168.0.7 Destination:203.0.113.80 Length:44 TOS:0x00 Protocol:TCP Service:HTTP\n",
        sessions: &[
            "192.168.0.7 > 203.0.113.80:80 outbound V03",
            "203.0.113.66 > 192.168.0.7:45173 inbound V02",
        ],
        says: "tried to reach",
    },
    Paste {
        what: "a router that puts the protocol before the port, and a knock from the port of a display",
        text: "Wed Nov 10 18:00:24 2010 Unrecognized attempt blocked from 203.0.113.66:40245 to xxx.xxx.xxx.xxx TCP:8080\n\n\
               Wed Nov 10 18:08:24 2010 Unrecognized attempt blocked from 203.0.113.67:6000 to xxx.xxx.xxx.xxx TCP:9415\n",
        sessions: &[
            "203.0.113.66:40245 > xxx.xxx.xxx.xxx:8080 inbound V02",
            "203.0.113.67:6000 > xxx.xxx.xxx.xxx:9415 inbound V02",
        ],
        says: "tried to reach",
    },
    Paste {
        what: "the time of day comes from outside to a private address only where that asked",
        text: "2006-03-02 11:10:00 DROP UDP 203.0.113.32 192.168.0.2 123 123 76 - - - - - - - RECEIVE",
        sessions: &["192.168.0.2:123 > 203.0.113.32:123 outbound"],
        says: "",
    },
    Paste {
        what: "a ping that a trace shows with its type",
        text: "id=20085 trace_id=37 func=print_pkt_detail line=5845 msg=\"vd-root:0 received a packet(proto=1, 192.168.5.10:1->203.0.113.114:2048) tun_id=0.0.0.0 from port5. type=8, code=0, id=1, seq=200.\"\n\
               id=20085 trace_id=37 func=fw_forward_handler line=719 msg=\"Denied by forward policy check (policy 9)\"\n",
        sessions: &["192.168.5.10 > 203.0.113.114 outbound V03"],
        says: "your outgoing rules do not allow it",
    },
    Paste {
        what: "one row whose date and time look like a file's name and a line's number",
        text: "FWIN,2024/02/19,10:15:02 -5:00 GMT,203.0.113.9:80,192.168.1.5:1234,TCP (flags:AR)",
        sessions: &["192.168.1.5:1234 > 203.0.113.9:80 outbound V01"],
        says: "only answering, not attacking",
    },
    Paste {
        what: "one row of a page, whose first cell looks like a line's number",
        text: "6|Feb 19 2024|09:04:30|106015|203.0.113.80|443|198.51.100.2|22011|Deny TCP (no connection) from 203.0.113.80/443 to 198.51.100.2/22011 flags RST  on interface outside",
        sessions: &["198.51.100.2:22011 > 203.0.113.80:443 outbound V01"],
        says: "only answering, not attacking",
    },
    Paste {
        what: "a machine that has no address of IPv6 yet tells its neighbours what it listens to",
        text: "[9.1] [UFW ALLOW] IN= OUT=eth0 SRC=0000:0000:0000:0000:0000:0000:0000:0000 DST=ff02:0000:0000:0000:0000:0000:0000:0016 LEN=76 TC=0 HOPLIMIT=1 FLOWLBL=0 PROTO=ICMPv6 TYPE=143 CODE=0",
        sessions: &[":: > ff02::16 group V12"],
        says: "everybody nearby",
    },
    Paste {
        what: "rows of an older page, which has no column for the rule",
        text: "Dec 4 12:11:02\tWAN\t 203.0.113.9:49210\t 198.51.100.20:8443\tTCP:S\n\
               Dec 4 12:11:07\tLAN\t 192.168.1.50:51022\t 203.0.113.10:5223\tTCP:FPA\n\
               Dec 4 12:11:09\tLAN\t 192.168.1.50:445\t 192.168.10.5:52211\tTCP:SA\n",
        sessions: &[
            "203.0.113.9:49210 > 198.51.100.20:8443",
            "192.168.1.50:51022 > 203.0.113.10:5223 outbound V01",
            "192.168.10.5:52211 > 192.168.1.50:445 internal V01",
        ],
        says: "",
    },
    Paste {
        what: "a list of the properties of an event",
        text: "Message       : The Windows Filtering Platform has blocked a packet.\n\
               Application Information:\n\
               Process ID:             6476\n\
               Network Information:\n\
               Direction:              %%14593\n\
               Source Address:         192.168.1.81\n\
               Source Port:            63924\n\
               Destination Address:    203.0.113.76\n\
               Destination Port:       443\n\
               Protocol:               17\n",
        sessions: &["192.168.1.81:63924 > 203.0.113.76:443 outbound V03"],
        says: "tried to reach",
    },
];

/// What an answer to nobody's question leaves open is said, and the certainty shows it.
#[test]
fn unasked_answers_are_not_certain() {
    let answer = conclusion(
        "[9.1] [UFW BLOCK] IN=eth0 OUT= SRC=198.51.100.7 DST=192.0.2.10 LEN=44 TTL=52 ID=0 DF PROTO=TCP SPT=22 DPT=1443 WINDOW=14600 RES=0x00 ACK SYN URGP=0",
    );
    let reset = conclusion(
        "Feb 19 10:15:02 web kernel: OUT: IN= OUT=eth0 SRC=192.0.2.10 DST=203.0.113.126 LEN=40 TTL=64 ID=0 DF PROTO=TCP SPT=3594 DPT=80 WINDOW=0 RES=0x00 RST URGP=0",
    );
    for data in [answer, reset] {
        let incident = &data.incidents[0];
        assert_eq!(incident.band, Some(Band::Medium));
        let open = |text: &String| text.contains("nobody here started anything");
        assert!(incident.alternatives.iter().any(open), "{incident:?}");
    }
}
