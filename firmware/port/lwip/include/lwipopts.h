/* lwIP for one receiver: raw API, IPv4 with a fixed address, UDP, one TCP connection. The TCP
   window is that of the ESP8266 core with an MSS of 1460 (espota.md 7.1). */
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_STATS 0
#define LWIP_NOASSERT 1

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ICMP 1
#define LWIP_IGMP 1
#define LWIP_UDP 1
#define LWIP_TCP 1
#define LWIP_DHCP 0
#define LWIP_DNS 0
#define LWIP_RAW 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_RANDOMIZE_INITIAL_LOCAL_PORTS 1

/* The UDP "OK" and the SYN after it both wait for one ARP answer; without a queue the "OK" is lost.
 */
#define ARP_QUEUEING 1
#define MEMP_NUM_ARP_QUEUE 4

#define MEM_ALIGNMENT 4
#define MEM_SIZE 5120
#define MEMP_NUM_UDP_PCB 2
#define MEMP_NUM_TCP_PCB 3
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 12
#define MEMP_NUM_PBUF 6
#define PBUF_POOL_SIZE 7
#define PBUF_POOL_BUFSIZE 1528

#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_LISTEN_BACKLOG 0
