import { addInitializer, c, edit, fn, insertAfter } from '@kseries/patchgen'

export default [
  edit(
    'drivers/tee/tee_heap.c',
    insertAfter(
      fn('tee_heap_buf_free'),
      c`

static bool tee_heap_is_protected(struct dma_buf *dmabuf)
{
	return true;
}
`,
    ),
    addInitializer(
      'tee_heap_buf_ops',
      c`
	.is_protected = tee_heap_is_protected,
`,
      { after: 'release' },
    ),
  ),
]
