import type { Codec } from '../framing/codec.ts'
import type { Clock } from './clock.ts'

/** A data frame, but for its session. */
export interface Piece {
  readonly push: boolean
  readonly nack: boolean
  readonly round: number
  readonly echo: number
  readonly seq: number
  readonly ack: number
  readonly payload: Uint8Array
}

export interface StreamOptions {
  readonly codec: Codec
  readonly clock: Clock
  /** The first offset of both directions. @default 0 */
  readonly start?: number
  /** Sends a frame; it may never arrive. */
  readonly send: (piece: Piece) => void
  /** A whole message came. */
  readonly message: (bytes: Uint8Array) => void
}

const BUFFER = 1 << 18
const ACK_DELAY = 4
const RTO_FIRST = 200
const RTO_MAX = 1000
const SEGMENT_MIN = 32
const RETRIES = 2
const MESSAGE_MAX = 1 << 24

/**
 * A reliable, ordered stream of messages over a line that loses, damages and repeats frames: byte offsets,
 * acknowledgements, go-back-N, and frames that shrink when frames are lost. Both ends run the same; agent/link.c is its
 * twin in the guest, keep them alike.
 */
export class ReliableStream {
  readonly #options: StreamOptions
  /** Bytes not acknowledged yet, at offset modulo its length. */
  readonly #buffer = Buffer.alloc(BUFFER)
  /** Messages that the buffer has no room for yet. */
  #waiting: Uint8Array[] = []
  #waitingFrom = 0
  #closed = false
  #pumping = false

  // Offsets modulo 2^32: acked <= sent <= sentMax <= queued.
  #acked: number
  #sent: number
  #sentMax: number
  #queued: number
  #received: number

  #segment: number
  #window: number
  #good = 0
  #rto = RTO_FIRST
  #srtt = 0
  #waitingSince = 0
  #timed: { readonly offset: number; readonly at: number } | undefined

  #ackNow = false
  #ackPending = false
  #nack = false
  /** Something was damaged or missing, and nothing new has come since. */
  #gap = false
  #unpushed = 0
  #round = 0
  #stale = 0
  #retries = RETRIES
  #echo = 0
  #unacked = 0
  #cancelAck: (() => void) | undefined
  #cancelRto: (() => void) | undefined

  readonly #length = Buffer.alloc(4)
  #lengthHave = 0
  #message: Buffer | undefined
  #messageHave = 0

  constructor(options: StreamOptions) {
    this.#options = options
    const { start = 0 } = options
    this.#acked = this.#sent = this.#sentMax = this.#queued = this.#received = start
    this.#segment = options.codec.segment
    this.#window = options.codec.window
  }

  /** Sends a message; what is given in one turn of the event loop travels together. */
  write(message: Uint8Array): void {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(message.length)
    this.#waiting.push(length, message)
    this.#pumpSoon()
  }

  /** Whether everything written has arrived. */
  get settled(): boolean {
    return this.#acked === this.#queued && this.#waiting.length === 0
  }

  /** Stops timers; nothing more is sent. */
  close(): void {
    this.#closed = true
    this.#cancelAck?.()
    this.#cancelRto?.()
  }

  /** Something came that was no frame. */
  damaged(): void {
    this.#gap = true
    this.#nack = true
    this.#ackNow = true
    this.#pumpSoon()
  }

  /** A frame of this session came. */
  came(piece: Piece): void {
    this.#echo = piece.round
    this.#acknowledged(piece)
    const { payload } = piece
    const known = (this.#received - piece.seq) | 0
    if (piece.push) {
      this.#ackNow = true
      if (this.#gap) this.#nack = true
    }
    if (payload.length === 0) return this.#pumpSoon()
    if (known < 0) {
      this.#gap = true
      this.#nack = true
      this.#ackNow = true
    } else if (known >= payload.length) {
      this.#ackNow = true
    } else {
      const fresh = payload.subarray(known)
      this.#gap = false
      this.#received = (this.#received + fresh.length) >>> 0
      this.#unacked += fresh.length
      if (this.#unacked >= this.#options.codec.window / 4) this.#ackNow = true
      else this.#ackSoon()
      this.#deliver(fresh)
    }
    this.#pumpSoon()
  }

  #acknowledged({ ack, nack, echo }: Piece) {
    const bytes = (ack - this.#acked) >>> 0
    if (bytes > (this.#sentMax - this.#acked) >>> 0) return
    const now = this.#options.clock.now()
    if (bytes > 0) {
      this.#acked = ack
      if (((this.#sent - ack) | 0) < 0) this.#sent = ack
      if (this.#timed && ((ack - this.#timed.offset) | 0) >= 0) {
        const sample = now - this.#timed.at
        this.#timed = undefined
        this.#srtt = this.#srtt ? (7 * this.#srtt + sample) / 8 : sample
      }
      this.#rto = Math.min(2 * this.#srtt + 10, RTO_MAX)
      this.#waitingSince = now
      this.#retries = RETRIES
      this.#grow(bytes)
    }
    if (nack && this.#sent !== this.#acked && this.#isNews(echo)) {
      this.#goBack()
      this.#segment = Math.max(this.#segment >> 1, SEGMENT_MIN)
    }
  }

  /**
   * One damaged frame makes as many ask as are behind it. Those of an earlier round have been answered: as many as were under
   * way then. If more ask, what answered them is damaged, too, or still in a queue on its way: so only a few times until
   * something arrives or time is up, or a slow line would fill with answers.
   */
  #isNews(echo: number): boolean {
    return echo === this.#round || (this.#stale-- <= 0 && this.#retries-- > 0)
  }

  #grow(bytes: number) {
    this.#good += bytes
    if (this.#good < 8 * this.#segment) return
    this.#good = 0
    this.#segment = Math.min(this.#segment * 2, this.#options.codec.segment)
    this.#window = Math.min(this.#window * 2, this.#options.codec.window)
  }

  #goBack() {
    this.#stale = Math.ceil(((this.#sent - this.#acked) >>> 0) / this.#segment) - 1
    this.#window = Math.max(this.#window >> 1, 2 * this.#segment)
    this.#good = 0
    this.#sent = this.#acked
    this.#timed = undefined
    this.#round = (this.#round + 1) & 15
  }

  /** When what is under way is taken for lost. */
  #deadline(): number {
    const { patience, window } = this.#options.codec
    return this.#waitingSince + this.#rto + (patience * ((this.#sent - this.#acked) >>> 0)) / window
  }

  #pumpSoon() {
    if (this.#pumping || this.#closed) return
    this.#pumping = true
    this.#options.clock.soon(() => {
      this.#pumping = false
      if (!this.#closed) this.#pump()
    })
  }

  #pump() {
    const now = this.#options.clock.now()
    if (this.#sent !== this.#acked && now >= this.#deadline()) {
      this.#goBack()
      this.#rto = Math.min(2 * this.#rto, RTO_MAX)
      this.#retries = RETRIES
    }
    this.#fill()
    for (;;) {
      const underWay = (this.#sent - this.#acked) >>> 0
      const length = Math.min((this.#queued - this.#sent) >>> 0, this.#segment, this.#window - underWay)
      if (length <= 0) break
      if (underWay === 0) this.#waitingSince = now
      this.#unpushed += length
      // Whether we are going to wait, or are half-way to it.
      const waits = underWay + length >= this.#window
      this.#send(length, waits || this.#unpushed >= this.#window / 4)
      this.#sent = (this.#sent + length) >>> 0
      if (((this.#sent - this.#sentMax) | 0) > 0) {
        this.#sentMax = this.#sent
        this.#timed ??= { offset: this.#sent, at: now }
      }
    }
    // Garbage came while we wait: it may have been what we wait for.
    if (this.#ackNow) this.#send(0, this.#nack && this.#sent !== this.#acked)
    this.#armRto(now)
  }

  #send(length: number, push: boolean) {
    const at = this.#sent % BUFFER
    const first = this.#buffer.subarray(at, Math.min(at + length, BUFFER))
    const payload =
      first.length === length
        ? Uint8Array.from(first)
        : Buffer.concat([first, this.#buffer.subarray(0, length - first.length)])
    const piece: Piece = {
      push,
      nack: this.#nack,
      round: this.#round,
      echo: this.#echo,
      seq: this.#sent,
      ack: this.#received,
      payload,
    }
    if (push) this.#unpushed = 0
    this.#ackNow = false
    this.#ackPending = false
    this.#nack = false
    this.#unacked = 0
    this.#options.send(piece)
  }

  /** Moves messages into the buffer, as far as there is room. */
  #fill() {
    let room = BUFFER - ((this.#queued - this.#acked) >>> 0)
    let head: Uint8Array | undefined
    while (room > 0 && (head = this.#waiting[0])) {
      const bytes = head.subarray(this.#waitingFrom, this.#waitingFrom + room)
      const at = this.#queued % BUFFER
      this.#buffer.set(bytes.subarray(0, BUFFER - at), at)
      this.#buffer.set(bytes.subarray(BUFFER - at), 0)
      this.#queued = (this.#queued + bytes.length) >>> 0
      room -= bytes.length
      this.#waitingFrom += bytes.length
      if (this.#waitingFrom < head.length) break
      this.#waiting.shift()
      this.#waitingFrom = 0
    }
  }

  #ackSoon() {
    this.#ackPending = true
    this.#cancelAck ??= this.#options.clock.after(ACK_DELAY, () => {
      this.#cancelAck = undefined
      if (!this.#ackPending) return
      this.#ackNow = true
      this.#pumpSoon()
    })
  }

  #armRto(now: number) {
    if (this.#sent === this.#acked || this.#cancelRto) return
    this.#cancelRto = this.#options.clock.after(Math.max(this.#deadline() - now, 1), () => {
      this.#cancelRto = undefined
      this.#pumpSoon()
    })
  }

  /** Bytes of the stream, in order, each once. */
  #deliver(bytes: Uint8Array) {
    let at = 0
    while (at < bytes.length) {
      if (!this.#message) {
        this.#length[this.#lengthHave++] = bytes[at++] ?? 0
        if (this.#lengthHave < 4) continue
        this.#lengthHave = 0
        this.#messageHave = 0
        const length = this.#length.readUInt32LE()
        if (length > MESSAGE_MAX) throw new RangeError(`A message of ${length} bytes: the other side is not ours`)
        this.#message = Buffer.alloc(length)
      }
      const part = bytes.subarray(at, at + this.#message.length - this.#messageHave)
      this.#message.set(part, this.#messageHave)
      this.#messageHave += part.length
      at += part.length
      if (this.#messageHave < this.#message.length) continue
      const message = this.#message
      this.#message = undefined
      this.#options.message(message)
    }
  }
}
