"""keepalived.conf of both nodes and haproxy.cfg as the usual pair has them."""

from .topology import NODES, VIP

KEEPALIVED = """\
! 主备配置
global_defs {{
    smtp_connect_timeout 30        # 超时时间
    router_id {address}
}}
vrrp_instance VI_1 {{
    state {state}                  # 状态
    interface {interface}
    virtual_router_id 51
    priority {priority}
    {more}
    virtual_ipaddress {{
        {vip}
    }}
}}
"""

HAPROXY = """\
global
    log 127.0.0.1 local3 info
    daemon
    maxconn 4000
defaults
    mode http
    option httplog
    option dontlognull
    timeout connect 5000
    timeout client 50000
    timeout server 50000
frontend http_front
    bind {bind}:80
    stats uri /haproxy?stats
    default_backend {backend}
backend web_server
    balance roundrobin
    option httpchk GET /index.html
    option forwardfor header X-Forwarded-For
    server node1 {server}:80 check inter 500 rise 1 fall 3
"""


class PairFiles:
    """In a folder; `bind`, `backend` and `server` as the file of HAProxy says them, `more` the
    further lines of the instance on each node, `states` what each says that it is."""

    def __init__(self, folder, bind, backend, server, more, states=("MASTER", "BACKUP")):
        self.folder = folder
        self.keepalived = {}
        for name, state, priority in zip(NODES, states, (100, 90)):
            address, interface = NODES[name]
            path = folder / name / "keepalived.conf"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(KEEPALIVED.format(
                address=address, state=state, interface=interface, priority=priority,
                more="\n    ".join(more[name]), vip=VIP))
            self.keepalived[name] = path
        self.haproxy = folder / "haproxy.cfg"
        self.haproxy.write_text(HAPROXY.format(bind=bind, backend=backend, server=server))
