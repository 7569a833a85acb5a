#!/bin/sh
# keeper.sh PARENT GENTLE COMMAND…: runs a command so that nothing of it outlives the caller.
#
# Started by `setpriv --pdeathsig TERM` as leader of its own process group (see run.ts): when the caller dies, kill -9
# included, or asks for an end with SIGTERM, the whole group is killed. With GENTLE seconds it gets a SIGHUP first, as
# from a terminal that closes, and is killed when they are over. PARENT closes the one gap: a caller that died before the
# kernel was told whom to notify.
end() {
  trap '' TERM INT HUP
  command=$!
  if [ "$gentle" != 0 ] && [ "$command" ]; then
    kill -s HUP -- "-$$"
    { sleep "$gentle"; kill -s KILL -- "-$$"; } &
    wait "$command"
  fi
  kill -s KILL -- "-$$"
}
gentle=0
trap end TERM INT HUP
[ "$PPID" = "$1" ] || exit 125
gentle=$2
shift 2
exec 3<&0
"$@" <&3 3<&- &
exec 3<&- </dev/null
wait "$!"
