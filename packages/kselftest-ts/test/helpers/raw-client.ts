import { connect } from 'node:net'
import { PacketSocket } from '../../src/session/channel.ts'
import type { Request, Response } from '../../src/session/wire.ts'

/** A test process that can die at any moment. */
export const rawClient = (path: string) => {
  const answers: Response[] = []
  const socket = new PacketSocket<Response, Request>(
    connect(path),
    ({ head }) => answers.push(head),
    () => {},
  )
  return {
    answers,
    begin: (title: string) => socket.send({ kind: 'begin', id: 1, file: 'raw', title, deadline: 30_000 }),
    reboot: () => socket.send({ kind: 'reboot', id: 2 }),
    die: () => socket.close(),
  }
}
