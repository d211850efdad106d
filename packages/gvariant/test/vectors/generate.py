#!/usr/bin/python3
"""Writes the vectors beside this script from GLib itself: apt install python3-gi, then ./generate.py.

glib.json names the GLib version that made them. The seed is fixed, so a run changes nothing but for a new GLib.
  values:  type, little-endian and big-endian bytes, text with and without annotations
  texts:   input of the text parser, with an expected type or null, and what came of it
  normal:  damaged bytes and whether GLib calls them normal
"""
import json
import os
import random
import struct

from gi.repository import GLib

rng = random.Random(20240229)
INTS = {'n': (16, True), 'q': (16, False), 'i': (32, True), 'u': (32, False), 'x': (64, True), 't': (64, False), 'h': (32, True)}
NEW = {
    'y': GLib.Variant.new_byte, 'b': GLib.Variant.new_boolean, 'n': GLib.Variant.new_int16, 'q': GLib.Variant.new_uint16,
    'i': GLib.Variant.new_int32, 'u': GLib.Variant.new_uint32, 'x': GLib.Variant.new_int64, 't': GLib.Variant.new_uint64,
    'h': GLib.Variant.new_handle, 'd': GLib.Variant.new_double, 's': GLib.Variant.new_string,
    'o': GLib.Variant.new_object_path, 'g': GLib.Variant.new_signature,
}
TEXTS = ['', 'a', "it's", '"', '\'"\\', 'tab\there', 'line\nbreak', '\a\b\f\r\v', '\x01\x7f', 'äöü', '😀', '\u200b\ufeff', '\u00ad', '\u0085\u00a0', 'x' * 300]
DOUBLES = [0.0, -0.0, 1.0, -1.5, 0.1, 1e16, 1e17, 123456789012345678.0, 1e-4, 1e-5, 1e300, 5e-324, 1.7976931348623157e308,
           float('inf'), float('-inf'), 1000.0, 2.0**53, 1 / 3, 1065362641604412.25, 1065362641604412.75]


def random_type(depth):
    kind = rng.random()
    if depth == 0 or kind < 0.35:
        return rng.choice('ybnqiuxthdsogv')
    if kind < 0.55:
        return 'a' + (rng.choice(['y', 's', 'u', 'ay']) if rng.random() < 0.4 else random_type(depth - 1))
    if kind < 0.65:
        return 'm' + random_type(depth - 1)
    if kind < 0.75:
        return ('a' if rng.random() < 0.7 else '') + '{' + rng.choice('ybnqiuxthdsog') + random_type(depth - 1) + '}'
    return '(' + ''.join(random_type(depth - 1) for _ in range(rng.randrange(0, 5))) + ')'


def members(text):
    result, at = [], 0
    while at < len(text):
        end = at
        while text[end] in 'am':
            end += 1
        nesting = 0
        while True:
            nesting += {'(': 1, '{': 1, ')': -1, '}': -1}.get(text[end], 0)
            end += 1
            if nesting == 0:
                break
        result.append(text[at:end])
        at = end
    return result


def random_value(kind, depth=0):
    head = kind[0]
    if head in INTS:
        bits, signed = INTS[head]
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        return NEW[head](rng.choice([low, high, 0, 1, rng.randint(low, high), min(high, rng.randrange(100))]))
    if head == 'y':
        return NEW[head](rng.randrange(256))
    if head == 'b':
        return NEW[head](rng.random() < 0.5)
    if head == 'd':
        value = rng.choice(DOUBLES) if rng.random() < 0.5 else struct.unpack('<d', rng.randbytes(8))[0]
        return NEW[head](0.5 if value != value else value)
    if head == 's':
        return NEW[head](rng.choice(TEXTS))
    if head == 'o':
        return NEW[head](rng.choice(['/', '/a', '/org/x_1/Y']))
    if head == 'g':
        return NEW[head](rng.choice(['', 's', 'a{sv}', '(ii)ays']))
    if head == 'v':
        return GLib.Variant.new_variant(random_value(random_type(2 if depth < 3 else 0), depth + 1))
    if kind == 'ay' and rng.random() < 0.5:
        data = rng.choice([b'text\0', b"it's\0", b'"\\\0', b'\x01\x7f\xff\a\n\0', b'\0', b'\0\0', b'abc', b'', bytes(300)])
        return GLib.Variant.new_from_bytes(GLib.VariantType('ay'), GLib.Bytes.new(data), True)
    if head == 'm':
        child = None if rng.random() < 0.4 else random_value(kind[1:], depth + 1)
        return GLib.Variant.new_maybe(GLib.VariantType(kind[1:]), child)
    if head == 'a':
        count = rng.choice([0, 1, 2, 3, 3, 5, 40 if depth < 2 else 2, 300 if depth == 0 else 1])
        builder = GLib.VariantBuilder(GLib.VariantType(kind))
        for _ in range(count):
            builder.add_value(random_value(kind[1:], depth + 1))
        return builder.end()
    if head == '{':
        key, value = members(kind[1:-1])
        return GLib.Variant.new_dict_entry(random_value(key, depth + 1), random_value(value, depth + 1))
    return GLib.Variant.new_tuple(*[random_value(each, depth + 1) for each in members(kind[1:-1])])


def data(value):
    return value.get_data_as_bytes().get_data() or b''


def big(value):
    # A single-byte value has nothing to swap; GLib hands back the value itself.
    return data(value.byteswap())


values, normal, seen = [], [], set()
fixed = ['()', '(y)', '(uy)', '(yu)', 'a()', 'm()', 'mmm()', 'mms', 'ams', 'a(say)', 'a(sayay)', '(a(say)a(sayay))', '(uuua(ayay))', 'a{sv}',
         '(a{sv}aya(say)sstayay)', '(a(s(taya{sv}))a{sv})', 'aas', '(ss)', '(sus)', '(ssu)', '((ys)(ys))', 'a{s(ut)}', 'mas', '(ms)', '{sv}', 'aay']
kinds = fixed * 3
while len(kinds) < 420:
    kinds.append(random_type(4))
for kind in kinds:
    value = random_value(kind)
    little = data(value)
    if len(little) > 6000 or (kind, little) in seen:
        continue
    seen.add((kind, little))
    values.append([kind, little.hex(), big(value).hex(), value.print_(True), value.print_(False)])
    if not 0 < len(little) < 80:
        continue
    for _ in range(4):
        damaged = bytearray(little)
        for _ in range(rng.choice([1, 1, 2])):
            how, at = rng.randrange(4), rng.randrange(len(damaged)) if damaged else 0
            if how == 0 and damaged:
                damaged[at] = rng.choice([0, 1, 0xff, rng.randrange(256)])
            elif how == 1 and damaged:
                damaged[at] ^= 1 << rng.randrange(8)
            elif how == 2:
                damaged.insert(at, rng.choice([0, rng.randrange(256)]))
            elif damaged:
                del damaged[at]
        read = GLib.Variant.new_from_bytes(GLib.VariantType(kind), GLib.Bytes.new(bytes(damaged)), False)
        normal.append([kind, damaged.hex(), read.is_normal_form()])

inputs = '''true|false|1|-5|+5|0x10|010|08|0x|0xfg|1.5|1e3|.5|5.|inf|nan|-inf|+inf|1e|1x|--5|-+5|+-5|2147483647|2147483648|-2147483648|-2147483649
18446744073709551615|18446744073709551616|1e400|0x1e5|1.5.5|'abc'|"abc"|'it\\'s'|'a\\tb'|'\\u00e4'|'\\U0001f600'|'\\u12'|'\\u0000'|'\\xyz'|'a|"a\\|''
b'abc'|b"a'b"|b'\\001\\xff'|b'\\777'|b'a|b'ä'|'ä'|['ä', 1]|byte 5|byte 256|byte -1|int16 -32768|int16 32768|uint16 65535|uint32 4294967296|uint32 -1
int64 -9223372036854775808|int64 9223372036854775808|uint64 18446744073709551615|handle 3|double 1|boolean true|string 'a'|objectpath '/a'|objectpath 'a'
signature 'as'|signature 'a'|@as []|@ms 'x'|@ms nothing|@mms just nothing|@mmi 5|@mmi just 5|@a* []|@as|@(ii (1, 2)|@a{sv} {}|@(ii) (1,2)|@i 'a'|@ay [1, 2]
[]|[1]|[1, 2.5]|[1,]|[1 2]|[1, 'a']|[just 1, nothing]|[1, nothing]|[nothing]|[[], [1]]|[[1], ['a']]|[(1, 2), (3, 'a')]|[1, byte 2]|['a', objectpath '/b']
(1, 'a')|(1,)|()|(1)|(1 2)|(1,2,)|(,)|{}|{'a': 1}|{'a': <1>, 'b': <'x'>}|{'a', 1}|{'a', 1, 2}|{'a': 1, 'b': 2.5}|{'a': 1 'b'}|{'a' 1}|{(1,2): 3}|{'a': 1, 2: 3}
{'a': }|{just 1: 2}|<1>|<<'a'>>|<1|<[]>|just 1|just nothing|just just 1|nothing|jus|nope|foo|Foo|f|"|'|@|%i|[1] 2|1 2| 1 |	1|1,|\\|;|int32 5|int32 'a'|int32 int16 5
[nothing, just 'a']|[just nothing, nothing]|[<1>, <'a'>]|[{'a': 1}, {}]|[{}, {'a': 1}]|[(1, []), (2, ['a'])]|{1: 'a'}|{1.5: 'a'}|{true: false}|{byte 1: 2}|[{'a', 1}, {'b', 2}]
[(nothing, 1), (just 'a', 2)]|(1, nothing)|uint32 0x|double 0x10|double 0x1.8p3|double 1e-5|double infinity|double 1x|[1, -1, uint64 3]|[inf, 1]|[1, 0x10, 010]|'a' 'b'|true1
trueish|byte|byte [1]|@s b'a'|[b'a', [byte 1]]|['a', b'a']|@aay [b'a', [1, 2]]|@m() ()|@mas []|@ma{ss} {}|[@mi 1, nothing]|[1, @mi nothing]|1.e3|[@aa{qmt} [], [{0: 0}, {}]]|[[], [just 1], [2]]|[{1: []}, {}]|-0|-0.0|+0x10|-010|00|0_1'''
typed = [('i', '5'), ('s', '5'), ('as', '[]'), ('a{sv}', '{}'), ('(ii)', '(1,)'), ('(i)', '(1, 2)'), ('ms', "'a'"), ('mms', 'nothing'), ('y', 'uint32 5'), ('d', '5'), ('u', "'a'"),
         ('ay', "b'a'"), ('ay', '[1, 2]'), ('as', "b'a'"), ('v', '5'), ('v', '<5>'), ('mv', '<5>'), ('a{sv}', "{'a': <1>, 'a': <2>}"), ('o', "'/x'"), ('g', "'('"), ('{si}', "{'a', 1}"),
         ('a{si}', "{'a', 1}"), ('ai', '5'), ('(ii)', '[1, 2]'), ('b', '1'), ('h', '-1'), ('x', '1.5'), ('d', '1.5.5'), ('mi', 'just 5'), ('i', 'just 5'), ('amms', "[nothing, just nothing, 'a']")]
nested = [(None, '[' * n + '1' + ']' * n) for n in (60, 127, 128)] + [(None, '<' * n + '1' + '>' * n) for n in (60, 62, 127)] + \
         [(None, '@' + 'a' * n + 'i []') for n in (60, 127, 128, 129)]
texts = []
for kind, text in [(None, each) for line in inputs.split('\n') for each in line.split('|')] + typed + nested:
    try:
        read = GLib.Variant.parse(GLib.VariantType(kind) if kind else None, text, None, None)
        texts.append([kind, text, {'type': read.get_type_string(), 'bytes': data(read).hex()}])
    except GLib.Error as error:
        texts.append([kind, text, {'error': error.message}])

version = f'{GLib.MAJOR_VERSION}.{GLib.MINOR_VERSION}.{GLib.MICRO_VERSION}'
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'glib.json'), 'w') as out:
    out.write('{\n"version": %s,\n' % json.dumps(version))
    for name, rows in (('values', values), ('texts', texts), ('normal', normal)):
        out.write('"%s": [\n%s\n]%s\n' % (name, ',\n'.join(json.dumps(row) for row in rows), '' if name == 'normal' else ','))
    out.write('}\n')
print(version, len(values), 'values', len(texts), 'texts', len(normal), 'normal')
