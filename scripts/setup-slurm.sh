#!/usr/bin/env bash
# A one-node Slurm cluster for tests: real slurmctld, slurmd and munge from Debian's packages, on
# ports and in folders of its own, so that a cluster already configured on the machine stays as it is.
#
#   scripts/setup-slurm.sh start    install if needed (root, apt-get), start, wait until a node is idle
#   scripts/setup-slurm.sh status   exit 0 if the cluster answers
#   scripts/setup-slurm.sh stop     stop the daemons and delete their state
#
# `start` prints the path of slurm.conf; clients find the cluster with SLURM_CONF=that path.
set -euo pipefail

state=${FLOWSIM_SLURM_STATE:-/tmp/flowsim-slurm}
export SLURM_CONF=$state/slurm.conf

fail() {
  echo "setup-slurm: $*" >&2
  exit 1
}

answers() {
  [ -f "$SLURM_CONF" ] && command -v sinfo >/dev/null &&
    timeout 10 sinfo --noheader --format %T 2>/dev/null | grep -Eq '^(idle|mixed|allocated)'
}

install_packages() {
  command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null && return
  [ "$(id -u)" = 0 ] || fail 'slurm-wlm and munge are not installed; run as root, or install them'
  command -v apt-get >/dev/null || fail 'no apt-get here; install slurm-wlm and munge'
  export DEBIAN_FRONTEND=noninteractive
  {
    apt-get update -qq
    # The packages' own services need not start: this script starts daemons of its own.
    apt-get install -y -qq --no-install-recommends slurm-wlm munge
  } >&2
}

start_munge() {
  if munge --no-input >/dev/null 2>&1; then return; fi
  [ -s /etc/munge/munge.key ] || {
    head -c 1024 /dev/urandom >/etc/munge/munge.key
    chown munge:munge /etc/munge/munge.key
    chmod 400 /etc/munge/munge.key
  }
  install -d -o munge -g munge -m 755 /run/munge
  install -d -o munge -g munge -m 700 /var/log/munge /var/lib/munge
  runuser -u munge -- munged >&2 || fail 'munged did not start'
  touch "$state/started-munge"
}

write_config() {
  mkdir -p "$state/ctld" "$state/slurmd"
  local node cpus memory
  node=$(hostname -s)
  cpus=$(nproc)
  memory=$(awk '/MemTotal/ { print int($2 / 1024 * 0.8) }' /proc/meminfo)
  cat >"$SLURM_CONF" <<CONF
ClusterName=flowsim-test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$state/ctld
SlurmdSpoolDir=$state/slurmd
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
MinJobAge=600
KillWait=2
ReturnToService=2
MpiDefault=none
GresTypes=gpu
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory Gres=gpu:2 State=UNKNOWN
PartitionName=main Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
  # Two GPUs that are only names: enough to test what a job asks for.
  printf 'NodeName=%s Name=gpu File=/dev/null\nNodeName=%s Name=gpu File=/dev/zero\n' "$node" "$node" \
    >"$state/gres.conf"
}

stop() {
  local daemon
  for daemon in slurmctld slurmd; do
    if [ -s "$state/$daemon.pid" ]; then
      kill "$(cat "$state/$daemon.pid")" 2>/dev/null || true
    fi
  done
  for _ in $(seq 50); do
    [ -e "$state/slurmctld.pid" ] || [ -e "$state/slurmd.pid" ] || break
    sleep 0.1
  done
  if [ -e "$state/started-munge" ]; then
    runuser -u munge -- munged --stop >&2 || true
  fi
  rm -rf "$state"
}

case ${1:-start} in
start)
  if ! answers; then
    install_packages
    [ "$(id -u)" = 0 ] || fail 'the daemons need root'
    stop
    mkdir -p "$state"
    start_munge
    write_config
    slurmctld -f "$SLURM_CONF" >&2
    slurmd -f "$SLURM_CONF" >&2
    for _ in $(seq 60); do
      answers && break
      sleep 0.5
    done
    answers || fail "no node became idle; see $state/slurmctld.log and $state/slurmd.log"
  fi
  echo "$SLURM_CONF"
  ;;
status) answers ;;
stop) stop ;;
*) fail "unknown command $1; one of start, status, stop" ;;
esac
