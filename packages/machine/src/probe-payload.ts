import type { Arch } from './spec.ts'

/**
 * Firmware of a few bytes, for `-bios`: the least that a processor must run to be called working. It prints "kseries\n" on
 * the first UART; then, for each byte received, it answers with its time stamp counter, 8 bytes, little-endian. For a "w"
 * it first works: 20 million turns of a loop, which take 10 to 100 ms by KVM or TCG, and minutes where each instruction is
 * emulated (a KVM without hardware behind it is like that: it starts a guest, which then seems to hang).
 */
export const probePayload = (arch: Arch): Uint8Array => {
  switch (arch) {
    case 'x86_64':
      return x86Rom()
    case 'arm64':
      return Buffer.from(arm64Code, 'hex')
  }
}

export const probeGreeting = 'kseries\n'
export const probeWork = 'w'
export const probeRead = '?'

// From reset in real mode to long mode, with page tables in RAM, so that paging is proven too.
const x86Code = [
  // F000:0000, the ROM's alias below 1 MiB
  'fa', //                      cli
  '31c0 8ed8 8ec0 8ed0', //     xor ax,ax; mov ds,ax; mov es,ax; mov ss,ax
  'bc0090', //                  mov sp,0x9000
  'bf0010 b90018 fc f3ab', //   clear 0x1000..0x3fff: mov di,0x1000; mov cx,0x1800; cld; rep stosw
  '66c7060010 03200000', //     [0x1000] = 0x2003, PML4
  '66c7060020 03300000', //     [0x2000] = 0x3003, PDPT
  '66c7060030 83000000', //     [0x3000] = 0x83, a 2 MiB page
  '2e660f0116f800', //          lgdtl cs:[gdtr]
  '66b820000000 0f22e0', //     cr4 = PAE
  '66b800100000 0f22d8', //     cr3 = 0x1000
  '66b9800000c0 0f32', //       ecx = EFER; rdmsr
  '660d00010000 0f30', //       LME; wrmsr
  '0f20c0 660d01000080', //     cr0 |= PG | PE
  '6625ffffff9f 0f22c0', //     cr0 &= ~(CD | NW)
  '66ea73000f000800', //        ljmpl 8:0xf0073
  // 64 bits
  '488d355d000000', //          lea rsi,[greeting]
  'b908000000', //              mov ecx,8
  'ac e84c000000 e2f8', //      lodsb; call put; loop
  'bafd030000', //         next: mov edx,0x3fd
  'ec a801 74fb', //            in al,dx; test al,1; jz
  'baf8030000 ec', //           mov edx,0x3f8; in al,dx
  '3c77 7510', //               cmp al,'w'; jne time
  'b9002d3101', //              mov ecx,20000000
  '890c2500800000', //    work: mov [0x8000],ecx
  'ffc9 75f5', //               dec ecx; jnz work
  '0f31 89c3 89d5', //    time: rdtsc; mov ebx,eax; mov ebp,edx
  '89d8 e809000000', //         mov eax,ebx; call put4
  '89e8 e802000000', //         mov eax,ebp; call put4
  'ebc6', //                    jmp next
  'b904000000', //        put4: mov ecx,4
  'e806000000 c1e808 e2f6 c3', // call put; shr eax,8; loop; ret
  '66baf803 ee c3', //     put: mov dx,0x3f8; out dx,al; ret
  '6b7365726965730a', //        "kseries\n"
  '90', //                      to 8 bytes
  '0000000000000000', //        gdt: null
  'ffff0000009aaf00', //        64-bit code
  'ffff00000092cf00', //        data
  '1700 e0000f00', //           gdtr
]

const x86Rom = (): Uint8Array => {
  const rom = Buffer.alloc(0x1_0000)
  rom.set(Buffer.from(x86Code.join('').replaceAll(' ', ''), 'hex'))
  // The reset vector, 16 bytes below the end: jmp f000:0000
  rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0)
  return rom
}

const arm64Code = [
  '0120a1d2', //     mov x1,#0x09000000   the PL011 of `virt` (hw/arm/virt.c)
  '23608052', //     mov w3,#0x301        UARTEN | TXE | RXE
  '233000b9', //     str w3,[x1,#0x30]    UARTCR
  'e2020010', //     adr x2,greeting
  '04018052', //     mov w4,#8
  '43144038', // 1:  ldrb w3,[x2],#1
  '23000039', //     strb w3,[x1]
  '84040071', //     subs w4,w4,#1
  'a1ffff54', //     b.ne 1b
  '231840b9', // 2:  ldr w3,[x1,#0x18]    UARTFR
  'e3ff2737', //     tbnz w3,#4,2b        RXFE
  '230040b9', //     ldr w3,[x1]
  '631c0012', //     and w3,w3,#0xff
  '7fdc0171', //     cmp w3,#'w'
  'a1000054', //     b.ne 4f
  '04a08552', //     mov w4,#0x2d00
  '2426a072', //     movk w4,#0x131,lsl #16
  '84040071', // 3:  subs w4,w4,#1
  'e1ffff54', //     b.ne 3b
  '45e03bd5', // 4:  mrs x5,cntvct_el0
  '04018052', //     mov w4,#8
  '25000039', // 5:  strb w5,[x1]
  'a5fc48d3', //     lsr x5,x5,#8
  '84040071', //     subs w4,w4,#1
  'a1ffff54', //     b.ne 5b
  'f0ffff17', //     b 2b
  '6b7365726965730a', // greeting
].join('')
