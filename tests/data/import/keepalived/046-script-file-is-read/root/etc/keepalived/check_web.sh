#!/bin/bash
# is the proxy there?
if ! pidof haproxy > /dev/null; then
  systemctl restart haproxy
  sleep 2
  pidof haproxy > /dev/null || systemctl stop keepalived
fi
