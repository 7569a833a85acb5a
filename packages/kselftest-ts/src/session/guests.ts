import { type GuestDied, NoGuest, TooManyDeaths } from './errors.ts'
import type { Guest, GuestFinding } from './guest.ts'
import { GuestLink } from './guest-link.ts'
import type { SessionOptions } from './options.ts'

export interface GuestsEvents {
  readonly found: (finding: GuestFinding, owner: number | undefined) => void
  readonly died: (link: GuestLink, error: GuestDied) => void
}

/** The guests of a session: one at a time, a new one when the last has died. */
export class Guests implements AsyncDisposable {
  readonly #options: SessionOptions
  readonly #events: GuestsEvents
  #guest: Promise<Guest> | undefined
  #link: Promise<GuestLink> | undefined
  /** The link, while it is being made. */
  #coming: Promise<GuestLink> | undefined
  /** One that was ended on purpose. */
  #retired: GuestLink | undefined
  #deaths = 0
  #closed = false

  constructor(options: SessionOptions, events: GuestsEvents) {
    this.#options = options
    this.#events = events
    this.#guest = options.guest === undefined ? undefined : Promise.resolve(options.guest)
    this.#guest?.catch(() => {})
  }

  /**
   * The guest that lives; a new one if there is none. Who asks while one is coming up shares what comes of that, a failure too.
   * @throws NoGuest, TooManyDeaths, what booting throws.
   */
  async link(): Promise<GuestLink> {
    if (this.#coming) return await this.#coming
    const current = await this.#link?.catch(() => undefined)
    if (current && !current.dead) return current
    return await (this.#coming ?? this.#come(this.#next(this.#link !== undefined, current)))
  }

  /**
   * Ends the guest that lives, which is no death, and boots another one.
   * @param owner - whose the new one's reports are while it boots.
   * @throws NoGuest if nobody can, before anything has ended; what booting throws.
   */
  async restart(owner: number): Promise<GuestLink> {
    if (!this.#options.reboot) throw new NoGuest()
    const last = await this.current()
    this.#retired = last
    await last?.[Symbol.asyncDispose]()
    return await this.#come(this.#connect(owner))
  }

  /** The guest that lives, if there is one. */
  async current(): Promise<GuestLink | undefined> {
    const link = await this.#link?.catch(() => undefined)
    return link?.dead ? undefined : link
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    const link = await this.#link?.catch(() => undefined)
    await link?.[Symbol.asyncDispose]()
  }

  async #come(coming: Promise<GuestLink>): Promise<GuestLink> {
    this.#coming = coming.finally(() => {
      this.#coming = undefined
    })
    this.#link = this.#coming
    this.#link.catch(() => {})
    return await this.#coming
  }

  /** @param last - one that has died. */
  async #next(again: boolean, last: GuestLink | undefined): Promise<GuestLink> {
    const { deaths = 20 } = this.#options
    // One that was only declared dead may go on talking.
    await last?.[Symbol.asyncDispose]()
    if (again && ++this.#deaths > deaths) throw new TooManyDeaths(this.#deaths)
    return await this.#connect()
  }

  async #connect(owner?: number): Promise<GuestLink> {
    const { abi, params, signal, reboot, bootTimeout, timeFactor } = this.#options
    const guest = this.#guest ?? reboot?.()
    this.#guest = undefined
    if (!guest) throw new NoGuest()
    const link = await GuestLink.start({
      guest: await guest,
      abi,
      params,
      signal,
      timeout: bootTimeout,
      timeFactor,
      owner,
      onFinding: this.#events.found,
    })
    void link.died.then(error => this.#closed || this.#retired === link || this.#events.died(link, error))
    return link
  }
}
