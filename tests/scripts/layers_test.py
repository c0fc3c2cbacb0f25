#!/usr/bin/python3
import shutil
import unittest

from sandbox import ROOT, SCRIPTS, Sandbox, run

import layers


class Layers(Sandbox):
    def check(self):
        return run(SCRIPTS / "layers.py", self.dir)

    def test_the_tree_as_it_is_passes_and_one_include_against_the_arrows_fails(self):
        for folder in {folder.split("/")[0] for folder in layers.MAY_INCLUDE}:
            shutil.copytree(ROOT / folder, self.dir / folder)
        self.assertEqual(self.check().returncode, 0, self.check().stdout)
        header = next((self.dir / "base").glob("*.h"))
        header.write_text('#include "multus/rail.h"\n' + header.read_text())
        failed = self.check()
        self.assertEqual(failed.returncode, 1)
        self.assertIn(f"base/{header.name}: base may not include multus/rail.h", failed.stdout)

    def test_folders_inside_a_folder_are_layers_of_their_own(self):
        self.write("webhook/server/s.h", "")
        self.write("webhook/inject/i.h", '#include "webhook/server/s.h"\n')
        self.assertIn("webhook/inject may not include webhook/server/s.h", self.check().stdout)

    def test_code_may_not_include_tests(self):
        self.write("tests/fake.h", "")
        self.write("base/b.cc", '#include "tests/fake.h"\n')
        self.assertIn("base may not include tests/fake.h", self.check().stdout)

    def test_tests_may_include_anything(self):
        self.write("cli/c.h", "")
        self.write("tests/base/b_test.cc", '#include "cli/c.h"\n')
        self.assertEqual(self.check().returncode, 0)

    def test_an_include_must_name_a_file_from_the_root(self):
        self.write("base/a.h", "")
        self.write("base/b.h", '  #  include "a.h"\n')
        self.assertIn("base/b.h: includes a.h, which is no file of the tree", self.check().stdout)

    def test_a_folder_must_be_in_the_table(self):
        self.write("misc/helper.h", "")
        self.assertIn("misc/helper.h: its folder is not in the table", self.check().stdout)

    def test_a_cycle_names_its_files_and_no_others(self):
        self.write("base/a.h", '#include "base/b.h"\n')
        self.write("base/b.h", '#include "base/a.h"\n#include "base/leaf.h"\n')
        self.write("base/leaf.h", "")
        failed = self.check()
        self.assertEqual(failed.stdout.splitlines(),
                         ["include cycle through base/a.h", "include cycle through base/b.h"])
        self.assertEqual(failed.returncode, 1)

    def test_two_types_of_one_name_are_named(self):
        self.write("base/a.h", "struct Link {\n};\n")
        self.write("cli/b.h", "class Link : public Other {\n};\nclass Forward;\n")
        self.write("tests/c.h", "struct Link {};\nclass Forward {};\n")
        self.assertEqual(self.check().stdout, "Link is defined in base/a.h and in cli/b.h: rename one\n")

    def test_build_trees_are_not_looked_at(self):
        self.write("build/release/x.h", '#include "nowhere.h"\n')
        self.assertEqual(self.check().stdout, "layers ok: 0 files\n")

    def test_every_arrow_leads_to_a_folder_of_the_table_and_none_back(self):
        for folder, others in layers.MAY_INCLUDE.items():
            for other in others:
                self.assertNotIn(folder, layers.MAY_INCLUDE[other])


if __name__ == "__main__":
    unittest.main()
