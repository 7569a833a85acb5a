/** A header and the code of a series, and what must be said of members that mean nothing yet. */
export interface Unread {
  readonly how: string
  /** The header before the series. */
  readonly before?: string
  readonly header: string
  readonly code?: string
  readonly findings: readonly string[]
}

const nobody = (member: string) =>
  `'${member}' comes from user space and nothing reads it: what is not 0 must be refused, or it can never mean anything`
const doubtful = (member: string) =>
  `note: nothing reads '${member}': if it comes from user space, what is not 0 must be refused`
const anyBits = (member: string) => `note: '${member}' is read, but nothing refuses the bits that mean nothing yet`

const take = (tag: string, check = '') => `long take_${tag}(void __user *u)
{
	struct ${tag} args;

	if (copy_from_user(&args, u, sizeof(args)))
		return -EFAULT;
	${check}
	return args.a;
}
`

export const unread: readonly Unread[] = [
  {
    how: 'right, compared',
    header: 'struct r_compared { __u32 a; __u32 reserved; };\n',
    code: take('r_compared', 'if (args.reserved)\n\t\treturn -EINVAL;'),
    findings: [],
  },
  {
    how: 'right, given to a helper',
    header: 'struct r_helper { __u32 a; __u32 pad[3]; };\n',
    code: take('r_helper', 'if (memchr_inv(args.pad, 0, sizeof(args.pad)))\n\t\treturn -EINVAL;'),
    findings: [],
  },
  {
    how: 'right, all of the struct given to a helper',
    header: 'struct r_whole { __u32 a; __u32 pad[3]; };\n',
    code: take('r_whole', 'if (mem_is_zero(&args, sizeof(args)))\n\t\treturn -EINVAL;'),
    findings: [],
  },
  {
    how: 'right, in a loop over an array, by another function',
    header: 'struct r_loop { __u32 a; __u32 resv[3]; };\n',
    code: `static int check_loop(const struct r_loop *it)
{
	for (int i = 0; i < ARRAY_SIZE(it->resv); i++)
		if (it->resv[i])
			return -EINVAL;
	return 0;
}
${take('r_loop', 'if (check_loop(&args))\n\t\treturn -EINVAL;')}`,
    findings: [],
  },
  {
    how: 'right, by a macro that gets the name',
    header: 'struct r_macro { __u32 a; __u8 rsvd_m[3]; };\n',
    code: take('r_macro', 'if (field_nonzero(args, rsvd_m))\n\t\treturn -EINVAL;'),
    findings: [],
  },
  {
    how: 'right, in the body of a macro',
    header: 'struct r_body { __u32 a; __u32 pad_in_body; };\n',
    code: `#define BAD(x) ((x)->pad_in_body != 0)\n${take('r_body', 'if (BAD(&args))\n\t\treturn -EINVAL;')}`,
    findings: [],
  },
  {
    how: 'right, of a struct that cannot be told',
    header: 'struct r_doubt { __u32 a; __u32 unused_doubt; };\n',
    code: `${take('r_doubt')}int doubt(void *x) { return to_it(x)->unused_doubt != 0; }\n`,
    findings: [],
  },
  {
    how: 'right, given by the kernel and never taken',
    header: 'struct r_given { __u32 a; __u32 reserved; };\n',
    code: 'long give(void __user *u, struct r_given *it) { return it->a ?: copy_to_user(u, it, sizeof(*it)); }\n',
    findings: [],
  },
  {
    how: 'right, given by the kernel, says the number of its ioctl()',
    header: 'struct r_ioctl { __u32 a; __u32 reserved; };\n#define R_IOCTL _IOR(1, 2, struct r_ioctl)\n',
    code: 'long get(struct r_ioctl *it) { return it->a; }\n',
    findings: [],
  },
  {
    how: 'right, the part of what goes both ways that the kernel fills',
    header: `struct r_out { __u32 a; __u32 pad; };
union r_args { __u32 in; struct r_out out; };
#define R_ARGS _IOWR(1, 2, union r_args)
`,
    code: 'long answer(union r_args *it)\n{\n\tit->out.a = it->in;\n\treturn 0;\n}\n',
    findings: [],
  },
  {
    how: 'right, flags that the kernel answers',
    header: 'struct r_answer { __u32 a; __u32 out_flags; };\n',
    code: take('r_answer', 'args.out_flags = 1;'),
    findings: [],
  },
  {
    how: 'right, only written',
    header: 'struct r_written { __u32 a; __u32 reserved; };\n',
    code: 'void fill(struct r_written *it)\n{\n\tif (it->a)\n\t\treturn;\n\tit->reserved = 0;\n}\n',
    findings: [],
  },
  {
    how: 'right, a part of a union',
    header: 'struct r_union { __u32 a; union { __u32 b; __u32 reserved[4]; struct { __u8 c; __u8 pad[7]; }; }; };\n',
    code: take('r_union'),
    findings: [],
  },
  {
    how: 'right, flags in every way in which they are refused',
    header: `struct r_not { __u32 a; __u32 flags; };
struct r_zero { __u32 a; __u32 flags; };
struct r_switch { __u32 a; __u32 flags; };
struct r_copy { __u32 a; __u32 flags; };
struct r_call { __u32 a; __u32 flags; };
struct r_field { __u32 a; __le32 flags; };
struct r_mask { __u32 a; __u32 flags; };
struct r_unknown { __u32 a; __u32 flags; };
`,
    code: `#define BAD_ONES (~0x3)
struct inner { __u32 modes; };
static int refuse(int a, __u32 bits) { return bits & ~1 ? -EINVAL : 0; }
static int refuse_inner(struct inner *it) { return it->modes & ~1 ? -EINVAL : 0; }
${take('r_not', 'if (args.flags & ~0x3)\n\t\treturn -EINVAL;')}
${take('r_zero', 'if (args.flags != 0)\n\t\treturn -EINVAL;')}
${take('r_switch', 'switch (args.flags) {\n\tcase 0: break;\n\tdefault: return -EINVAL;\n\t}')}
${take('r_copy', '__u32 bits = args.flags;\n\tif (bits & ~0x3)\n\t\treturn -EINVAL;')}
${take('r_call', 'if (refuse(1, args.flags))\n\t\treturn -EINVAL;')}
${take('r_field', 'struct inner in = { .modes = le32_to_cpu(args.flags) };\n\tif (refuse_inner(&in))\n\t\treturn -EINVAL;')}
${take('r_unknown', 'if (of_another_file(args.flags))\n\t\treturn -EINVAL;')}
${take('r_mask', 'if (args.flags & BAD_ONES)\n\t\treturn -EINVAL;')}`,
    findings: [],
  },
  {
    how: 'right, there before',
    before: 'struct r_old { __u32 a; __u32 reserved; };\n',
    header: 'struct r_old { __u32 a; __u32 reserved; };\n#define R_OLD 1\n',
    code: take('r_old'),
    findings: [],
  },
  {
    how: 'nobody reads it',
    header: 'struct b_nobody { __u32 a; __u32 reserved[2]; };\n',
    code: take(
      'b_nobody',
      'static_assert(ARRAY_SIZE(args.reserved) == 2);\n\t/* args.reserved must be 0 */\n\tpr_debug("%u %zu", args.reserved, sizeof(args.reserved));',
    ),
    findings: [nobody('b_nobody.reserved')],
  },
  {
    how: 'its namesake in another struct is read',
    header: 'struct b_one { __u32 a; __u32 reserved; };\nstruct b_other { __u32 a; __u32 reserved; };\n',
    code: `${take('b_one', 'if (args.reserved)\n\t\treturn -EINVAL;')}${take('b_other')}`,
    findings: [nobody('b_other.reserved')],
  },
  {
    how: 'what is behind the struct is refused, what is in it is not',
    header: 'struct b_behind { __u32 a; __u32 pad; };\n',
    code: `long behind(void __user *u, size_t n)
{
	struct b_behind args;
	int ret = copy_struct_from_user(&args, sizeof(args), u, n);

	return ret ? ret : args.a;
}
`,
    findings: [nobody('b_behind.pad')],
  },
  {
    how: 'a part of what is taken, and a struct without a tag in it',
    header:
      'struct b_part { __u32 a; __u32 reserved; };\nstruct b_all { struct b_part one; struct { __u32 b; __u32 pad; } in; };\n',
    code: `${take('b_all').replace('args.a', 'args.one.a + args.in.b')}`,
    findings: [nobody('b_part.reserved'), nobody('b_all.in.pad')],
  },
  {
    how: 'by the number of its ioctl(), and a part of it',
    header: `struct b_sub { __u32 a; __u32 pad; };
struct b_ioctl { struct b_sub sub; __u32 reserved; };
#define B_IOCTL DRM_IOWR(1, struct b_ioctl)
`,
    code: 'long by_number(void *data)\n{\n\tstruct b_ioctl *args = data;\n\n\treturn args->sub.a;\n}\n',
    findings: [nobody('b_sub.pad'), nobody('b_ioctl.reserved')],
  },
  {
    how: 'only a test reads it',
    header: 'struct b_test { __u32 a; __u32 unused; };\n',
    code: take('b_test'),
    findings: [nobody('b_test.unused')],
  },
  {
    how: 'written, in a struct that goes both ways',
    header: 'struct b_both { __u32 a; __u32 reserved; };\n',
    code: take('b_both', 'args.reserved = 0;'),
    findings: [`note: ${nobody('b_both.reserved')}`],
  },
  {
    how: 'written by an initialiser or a helper, in a struct that goes both ways',
    header: 'struct b_init { __u32 a; __u32 reserved; };\nstruct b_fill { __u32 a; __u32 pad[3]; };\n',
    code: `${take('b_init').replace('args;', 'args = { .reserved = 0 };')}${take('b_fill', 'memset(args.pad, 0, 12);')}`,
    findings: [`note: ${nobody('b_init.reserved')}`, `note: ${nobody('b_fill.pad')}`],
  },
  {
    how: 'one cannot tell where it comes from',
    header: 'struct b_where { __u32 a; __u32 reserved; };\n',
    code: 'int where(struct b_where *it)\n{\n\treturn it->a;\n}\n',
    findings: [doubtful('b_where.reserved')],
  },
  {
    how: 'no code at all',
    header: 'struct b_no_code { __u32 a; __u32 reserved; };\n',
    findings: [
      "note: no code of the series uses 'b_no_code.reserved' or its struct: what does must refuse what is not 0",
    ],
  },
  {
    how: 'flags that nobody reads',
    header: 'struct b_flags { __u32 a; __u32 flags; };\n',
    code: take('b_flags'),
    findings: [nobody('b_flags.flags')],
  },
  {
    how: 'flags of which every bit is taken',
    header:
      'struct b_any { __u32 a; __u32 flags; };\nstruct b_any_copy { __u32 a; __u32 sub_flags; };\nstruct b_any_field { __u32 a; __u32 flags; };\n',
    code: `${take('b_any', 'if (args.flags & 1)\n\t\treturn 1;')}
static int some(__u32 bits) { return bits & 2; }
${take('b_any_copy', '__u32 bits = args.sub_flags;\n\tif (some(bits))\n\t\treturn 1;')}
struct mode { __u32 bits; };
static int some_mode(struct mode *it) { return it->bits & 2; }
${take('b_any_field', 'struct mode mode = { .bits = args.flags };\n\tif (some_mode(&mode))\n\t\treturn 1;')}`,
    findings: [anyBits('b_any.flags'), anyBits('b_any_copy.sub_flags'), anyBits('b_any_field.flags')],
  },
  {
    how: 'one that an old struct gets',
    before: 'struct b_grown { __u32 a; };\n',
    header: 'struct b_grown { __u32 a; __u32 reserved; };\n',
    code: take('b_grown'),
    findings: [nobody('b_grown.reserved')],
  },
]
