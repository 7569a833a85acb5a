import { c, edit, fn, insertAfter, insertBefore, line, replaceStatement } from '@kseries/patchgen'

export default [
  edit(
    'include/linux/securekey.h',
    insertBefore(
      'int securekey_blob_parse(',
      c`
/**
 * struct securekey_front_end - who offers each provider to user space
 * @add: a provider is there. Until @remove it may be got by its name, but not
 *	from within this. @dev is its device, valid as long.
 * @remove: the provider leaves. What it was asked for ends after this, with
 *	-ENODEV.
 *
 * Both are called in process context and one at a time, and must not register or
 * get anything here.
 */
struct securekey_front_end {
	void (*add)(struct securekey_provider *provider, struct device *dev);
	void (*remove)(struct securekey_provider *provider);
	/* private: of the core */
	struct list_head node;
};

void securekey_front_end_register(struct securekey_front_end *fe);
void securekey_front_end_unregister(struct securekey_front_end *fe);

`,
    ),
  ),
  edit(
    'drivers/securekey/provider.c',
    insertAfter(
      line('static LIST_HEAD(providers);'),
      c`
static LIST_HEAD(front_ends);
`,
    ),
    replaceStatement(
      'securekey_provider_unregister',
      'scoped_guard(mutex, &providers_lock)',
      c`
	scoped_guard(mutex, &providers_lock) {
		list_for_each_entry(fe, &front_ends, node)
			fe->remove(p);
		list_del(&p->node);
	}
`,
    ),
    insertBefore(
      line('scoped_guard(mutex, &providers_lock)', { in: 'securekey_provider_unregister' }),
      c`
	struct securekey_front_end *fe;

`,
    ),
    insertBefore(
      line('struct securekey_provider *p;', { in: 'securekey_provider_register' }),
      c`
	struct securekey_front_end *fe;
`,
    ),
    insertAfter(
      'list_add_tail(&p->node, &providers);',
      c`
			list_for_each_entry(fe, &front_ends, node)
				fe->add(p, p->dev);
`,
    ),
    insertBefore(
      fn('securekey_provider_drvdata'),
      c`
/**
 * securekey_front_end_register - be told of providers
 * @fe: the front end
 *
 * It is told of those that are there before this returns.
 *
 * Context: Process context.
 */
void securekey_front_end_register(struct securekey_front_end *fe)
{
	struct securekey_provider *p;

	guard(mutex)(&providers_lock);

	list_add_tail(&fe->node, &front_ends);
	list_for_each_entry(p, &providers, node)
		fe->add(p, p->dev);
}
EXPORT_SYMBOL_NS_GPL(securekey_front_end_register, "SECUREKEY");

/**
 * securekey_front_end_unregister - be told no more
 * @fe: the front end
 *
 * Those that are there are removed for it before this returns.
 *
 * Context: Process context.
 */
void securekey_front_end_unregister(struct securekey_front_end *fe)
{
	struct securekey_provider *p;

	guard(mutex)(&providers_lock);

	list_for_each_entry(p, &providers, node)
		fe->remove(p);
	list_del(&fe->node);
}
EXPORT_SYMBOL_NS_GPL(securekey_front_end_unregister, "SECUREKEY");

`,
    ),
  ),
  edit(
    'drivers/securekey/tests/provider.c',
    insertBefore(
      line('static struct kunit_case provider_cases[] = {'),
      c`
/* What a front end was told of the fake provider. */
static unsigned int told_adds, told_removes;

static void front_end_add(struct securekey_provider *p, struct device *dev)
{
	if (!strcmp(securekey_provider_name(p), "fake"))
		told_adds++;
}

static void front_end_remove(struct securekey_provider *p)
{
	if (!strcmp(securekey_provider_name(p), "fake"))
		told_removes++;
}

static struct securekey_front_end front_end = {
	.add = front_end_add,
	.remove = front_end_remove,
};

/* Of each coming and each leaving once, and of what is there before and after. */
static void provider_front_end(struct kunit *test)
{
	struct fake *fake = test->priv;

	told_adds = 0;
	told_removes = 0;

	securekey_front_end_register(&front_end);
	KUNIT_EXPECT_EQ(test, told_adds, 1);
	KUNIT_EXPECT_EQ(test, told_removes, 0);

	fake_unregister(fake);
	KUNIT_EXPECT_EQ(test, told_removes, 1);

	fake->provider = securekey_provider_register(fake->dev, &fake_desc,
						     fake);
	KUNIT_EXPECT_EQ(test, 0, PTR_ERR_OR_ZERO(fake->provider));
	KUNIT_EXPECT_EQ(test, told_adds, 2);

	securekey_front_end_unregister(&front_end);
	KUNIT_EXPECT_EQ(test, told_removes, 2);

	if (!IS_ERR(fake->provider))
		fake_unregister(fake);
	KUNIT_EXPECT_EQ(test, told_adds, 2);
	KUNIT_EXPECT_EQ(test, told_removes, 2);
}

`,
    ),
    insertAfter(
      'KUNIT_CASE(provider_name_taken),',
      c`
	KUNIT_CASE(provider_front_end),
`,
    ),
  ),
]
