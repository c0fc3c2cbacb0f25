#!/usr/bin/python3
import unittest

import sandbox  # noqa: F401  (finds the scripts)

import json_patch


class Apply(unittest.TestCase):
    def check(self, document, patch, want):
        before = repr(document)
        self.assertEqual(json_patch.apply(document, patch), want)
        self.assertEqual(repr(document), before, "the document itself was changed")

    def test_add_sets_a_member(self):
        self.check({"a": 1}, [{"op": "add", "path": "/b", "value": 2}], {"a": 1, "b": 2})

    def test_add_inserts_into_a_list(self):
        self.check({"a": [1, 3]}, [{"op": "add", "path": "/a/1", "value": 2}], {"a": [1, 2, 3]})

    def test_add_appends_at_the_dash(self):
        self.check({"a": [1]}, [{"op": "add", "path": "/a/-", "value": 2}], {"a": [1, 2]})

    def test_replace_and_remove(self):
        self.check({"a": [1, 2], "b": 3},
                   [{"op": "replace", "path": "/a/0", "value": 9}, {"op": "remove", "path": "/b"}], {"a": [9, 2]})

    def test_keys_are_unescaped_slash_first(self):
        self.check({"x/y": 1, "~1": 2}, [{"op": "remove", "path": "/x~1y"}, {"op": "remove", "path": "/~01"}], {})

    def test_what_is_not_there_can_be_neither_replaced_nor_removed_nor_passed_through(self):
        for path, op in (("/b", "replace"), ("/b", "remove"), ("/b/c", "add"), ("/a/5", "add"), ("/a/5", "replace")):
            with self.subTest(path=path, op=op), self.assertRaises(LookupError):
                json_patch.apply({"a": [1]}, [{"op": op, "path": path, "value": 0}])


if __name__ == "__main__":
    unittest.main()
