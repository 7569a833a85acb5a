/** A header before and after a commit, and what must be said of it. */
export interface Broken {
  readonly how: string
  readonly before?: string
  readonly after?: string
  readonly findings: readonly string[]
}

const noPlace = (name: string) => `note: struct ${name} has no flags, no size and nothing reserved: it stays as it is`

export const broken: readonly Broken[] = [
  {
    how: 'right, new',
    after: `struct right { __u32 a; __u32 flags; __aligned_u64 p; char name[8]; union { __u32 x; __u32 y; }; __u32 reserved[3]; };
enum right_kind { RIGHT_A, RIGHT_B };
#define RIGHT_DO 7
`,
    findings: [],
  },
  {
    how: 'right, used what was reserved',
    before: 'struct spare { __u32 a; __u32 pad; __u32 reserved[4]; };\n',
    after: 'struct spare { __u32 a; __u32 b; __u64 c; __u32 reserved[2]; };\n',
    findings: [],
  },
  {
    how: 'right, a comment, and what was there before',
    before: 'struct old_hole { __u8 a; __u32 b; __u64 c; long d; };\n',
    after: '/* nothing new */\nstruct old_hole { __u8 a; __u32 b; __u64 c; long d; };\n#define NEW 1\n',
    findings: [],
  },
  {
    how: 'right, one more at the end of an enum',
    before: 'enum { E_A, E_B, __E_MAX };\n#define E_MAX (__E_MAX - 1)\n',
    after: 'enum { E_A, E_B, E_C, __E_MAX };\n#define E_MAX (__E_MAX - 1)\n',
    findings: [],
  },
  {
    how: 'right, wrapped in a union',
    before: 'struct wrapped { __u32 flags; __u32 a; };\n',
    after: 'struct wrapped { __u32 flags; union { __u32 a; __u32 b; }; };\n',
    findings: [],
  },
  {
    how: 'a field that went',
    before: 'struct gone_field { __u32 flags; __u32 b; __u32 c; };\n',
    after: 'struct gone_field { __u32 flags; __u32 other; __u32 c; };\n',
    findings: ["the field 'b' is gone"],
  },
  {
    how: 'a field in the middle',
    before: 'struct moved { __u32 flags; __u32 a; __u32 b; };\n',
    after: 'struct moved { __u32 flags; __u32 new; __u32 a; __u32 b; };\n',
    findings: [
      "the field 'a' moves from byte 4 to byte 8, and 1 more move",
      'note: struct moved has 16 bytes, it had 12: old programs give fewer',
    ],
  },
  {
    how: 'a type of another size',
    before: 'struct retyped { __u32 flags; __u32 a[2]; };\n',
    after: 'struct retyped { __u32 flags; __u16 a[4]; };\n',
    findings: ["the field 'a' is __u16[4] (8 bytes), it was __u32[2] (8 bytes)"],
  },
  {
    how: 'a sign',
    before: 'struct signed_one { __u32 flags; __u32 a; };\n',
    after: 'struct signed_one { __u32 flags; int a; };\n',
    findings: ["the field 'a' is int (4 bytes), it was __u32 (4 bytes)"],
  },
  {
    how: 'a type that is spelt otherwise',
    before: 'struct spelt { __u32 flags; __u32 a; };\n',
    after: 'struct spelt { __u32 flags; __le32 a; };\n',
    findings: ["note: the field 'a' is __le32, it was __u32: as many bytes"],
  },
  {
    how: 'a bitfield that moves',
    before: 'struct bits { __u32 flags; __u32 a:4, b:28; };\n',
    after: 'struct bits { __u32 flags; __u32 a:5, b:27; };\n',
    findings: [
      "the field 'b' moves from byte 4, bit 4 to byte 4, bit 5",
      "the field 'a' is __u32 (5 bits), it was __u32 (4 bits)",
      "the field 'b' is __u32 (27 bits), it was __u32 (28 bits)",
    ],
  },
  {
    how: 'a field of a struct without a tag',
    before: 'struct outer { __u32 flags; struct { __u32 a; __u32 b; } in[2]; };\n',
    after: 'struct outer { __u32 flags; struct { __u32 b; __u32 a; } in[2]; };\n',
    findings: ["the field 'in[].a' moves from byte 4 to byte 8, and 1 more move"],
  },
  {
    how: 'a struct that went',
    before: 'struct gone { __u32 flags; };\nstruct stays { __u32 flags; };\n',
    after: 'struct stays { __u32 flags; };\n',
    findings: ['struct gone is gone'],
  },
  {
    how: 'a field more at the end',
    before: 'struct grown { __u32 flags; __u32 a; };\n#define GROWN_CALL (0x1000 + sizeof(struct grown))\n',
    after: 'struct grown { __u32 flags; __u32 a; __u64 b; };\n#define GROWN_CALL (0x1000 + sizeof(struct grown))\n',
    findings: [
      'note: struct grown has 16 bytes, it had 8: old programs give fewer',
      'the constant GROWN_CALL is 4112, it was 4104',
    ],
  },
  {
    how: 'a field more at the end, with a hole',
    before: 'struct grown_hole { __u32 flags; __u32 a; __u32 c; };\n',
    after: 'struct grown_hole { __u32 flags; __u32 a; __u32 c; __u64 b __attribute__((aligned(8))); };\n',
    findings: [
      'note: struct grown_hole has 24 bytes, it had 12: old programs give fewer',
      "struct grown_hole has 4 bytes of implicit padding before 'b'",
    ],
  },
  {
    how: 'a field more at the end, with a hole behind it',
    before: 'struct grown_end { __aligned_u64 p; __u32 flags; __u32 a; };\n',
    after: 'struct grown_end { __aligned_u64 p; __u32 flags; __u32 a; __u16 b; };\n',
    findings: [
      'note: struct grown_end has 24 bytes, it had 16: old programs give fewer',
      'struct grown_end has 6 bytes of implicit padding at its end',
    ],
  },
  {
    how: 'a field more at the end, where a hole was before',
    before: 'struct grown_old { __u8 flags; __u32 a; };\n',
    after: 'struct grown_old { __u8 flags; __u32 a; __u16 b; __u16 reserved; };\n',
    findings: ['note: struct grown_old has 12 bytes, it had 8: old programs give fewer'],
  },
  {
    how: 'a field more at the end, not the same for 32 bits',
    before: 'struct grown_wide { __u32 flags; __u32 a; };\n',
    after: 'struct grown_wide { __u32 flags; __u32 a; __u32 c; __u32 d; unsigned long b; };\n',
    findings: [
      'note: struct grown_wide has 24 bytes, it had 8: old programs give fewer',
      'note: struct grown_wide has 20 bytes, it had 8: old programs give fewer',
      "struct grown_wide is not the same on x86_64 and i386: 'b' has 8 and 4 bytes",
    ],
  },
  {
    how: 'a field more at the end, of 64 bits that 32 align otherwise',
    before: 'struct grown_u64 { __u32 flags; __u32 a; };\n',
    after: 'struct grown_u64 { __u32 flags; __u32 a; __u64 b; __u32 c; };\n',
    findings: [
      'note: struct grown_u64 has 24 bytes, it had 8: old programs give fewer',
      'struct grown_u64 has 4 bytes of implicit padding at its end',
      'note: struct grown_u64 has 20 bytes, it had 8: old programs give fewer',
      'struct grown_u64 is not the same on x86_64 and i386: it has 24 and 20 bytes',
    ],
  },
  {
    how: 'another hole, beside that which was there',
    before: 'struct two_holes { __u8 flags; __u32 a; };\n',
    after: 'struct two_holes { __u8 flags; __u32 a; __u8 c; __u32 d; };\n',
    findings: [
      'note: struct two_holes has 16 bytes, it had 8: old programs give fewer',
      "struct two_holes has 3 bytes of implicit padding before 'd'",
    ],
  },
  {
    how: 'not the same for 32 bits before, and now otherwise',
    before: 'struct wide_twice { __u32 flags; __u32 a; unsigned long b; };\n',
    after: 'struct wide_twice { __u32 flags; __u32 a; unsigned long b; long c; };\n',
    findings: [
      'note: struct wide_twice has 24 bytes, it had 16: old programs give fewer',
      'note: struct wide_twice has 16 bytes, it had 12: old programs give fewer',
      "struct wide_twice is not the same on x86_64 and i386: 'c' is at byte 16 and 12",
    ],
  },
  {
    how: 'a value in the middle of an enum',
    before: 'enum { M_A, M_B, M_LAST };\n',
    after: 'enum { M_A, M_NEW, M_B, M_LAST };\n',
    findings: ['the constant M_B is 2, it was 1'],
  },
  {
    how: 'a constant that went, and a text that changed',
    before: '#define C_GONE 1\n#define C_TEXT "old"\n',
    after: '#define C_TEXT "new"\n',
    findings: ['the constant C_GONE is gone', 'the constant C_TEXT is "new", it was "old"'],
  },
  {
    how: 'new, with a hole and an end',
    after: 'struct holey { __u8 flags; __u32 a; __u16 b; };\n',
    findings: [
      "struct holey has 3 bytes of implicit padding before 'a'",
      'struct holey has 2 bytes of implicit padding at its end',
    ],
  },
  {
    how: 'new, with a hole in a struct without a tag',
    after: 'struct holey_in { __u32 flags; union { struct { __u8 a; __u32 b; } in; __u32 c[2]; }; };\n',
    findings: ["struct holey_in has 3 bytes of implicit padding before 'b' of 'in'"],
  },
  {
    how: 'new, and not the same for 32 bits',
    after: 'struct wide { __u32 flags; __u32 reserved; unsigned long a; };\n',
    findings: ["struct wide is not the same on x86_64 and i386: 'a' has 8 and 4 bytes"],
  },
  {
    how: 'new, and cannot be extended',
    after: 'struct fixed_part { __u32 b; };\nstruct fixed { struct fixed_part a; };\n',
    findings: [noPlace('fixed')],
  },
  {
    how: 'new, flexible',
    after: 'struct flexible { __u32 count; __u16 n; __u8 data[]; };\n',
    findings: [],
  },
  {
    how: 'new, with a name of the next',
    after: 'enum { NOT_TWICE };\nstruct not_twice { __u32 flags; __u16 a; };\n',
    findings: ['struct not_twice has 2 bytes of implicit padding at its end'],
  },
  {
    how: 'new, with a name of the one before',
    after: 'enum { OTHER, NOT_TWICE };\nstruct not_thrice { __u32 flags; __u8 a; };\n',
    findings: ['struct not_thrice has 3 bytes of implicit padding at its end'],
  },
  {
    how: 'new, and needs another header',
    after: 'struct alone { struct of_nobody a; };\n',
    findings: ["no program can include it for itself: field 'a' has incomplete type"],
  },
]
