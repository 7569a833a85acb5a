#!/bin/sh
# keeper.sh PARENT COMMAND…: runs a command so that nothing of it outlives the caller.
#
# Started by `setpriv --pdeathsig TERM` as leader of its own process group (see run.ts): when the caller dies, kill -9
# included, or asks for an end with SIGTERM, the whole group is killed. PARENT closes the one gap: a caller that died
# before the kernel was told whom to notify.
trap 'kill -s KILL -- "-$$"' TERM INT HUP
[ "$PPID" = "$1" ] || exit 125
shift
exec 3<&0
"$@" <&3 3<&- &
exec 3<&- </dev/null
wait "$!"
