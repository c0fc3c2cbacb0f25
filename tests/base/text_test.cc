#include "base/text.h"

#include <doctest/doctest.h>

#include "base/utf8.h"

namespace railhook {
namespace {

using Texts = std::vector<std::string>;

std::string Show(const Texts& texts) { return Join(texts, "|"); }

int Sign(int number) { return (number > 0) - (number < 0); }

TEST_CASE("Trim takes away all kinds of blanks, and only around the text") {
  const struct {
    std::string_view text, want;
  } cases[] = {{"", ""},
               {" \t\r\n\v\f", ""},
               {"a", "a"},
               {"  a b\t", "a b"},
               {"\na\r\n", "a"},
               {"\xC2\xA0", "\xC2\xA0"},
               {"\xE2\x80\x89x", "\xE2\x80\x89x"}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Trim(c.text) == c.want);
  }
}

TEST_CASE("SplitList: parts are trimmed, empty ones and repeats dropped, the first order kept") {
  const struct {
    std::string_view text, want;
  } cases[] = {{"", ""},
               {" , ,,", ""},
               {"a", "a"},
               {"b,a", "b|a"},
               {" a , b ", "a|b"},
               {"a,b,a,a ,c", "a|b|c"},
               {"a,\n  b,\n", "a|b"},
               {"a b", "a b"},
               {"A,a", "A|a"},
               {"r\xC3\xA4il/1,x:y", "r\xC3\xA4il/1|x:y"}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CHECK(Show(SplitList(c.text)) == c.want);
  }
}

TEST_CASE("SplitList takes parts of any length") {
  const std::string name(100000, 'x');
  CHECK(SplitList(name + ",b") == Texts{name, "b"});
}

TEST_CASE("PointerStep escapes what has a meaning in a JSON pointer") {
  CHECK(PointerStep("a") == "/a");
  CHECK(PointerStep("a/b~c") == "/a~1b~0c");
  CHECK(PointerStep("") == "/");
}

TEST_CASE("Join puts the separator between parts only") {
  CHECK(Join({}, ", ").empty());
  CHECK(Join({"a"}, ", ") == "a");
  CHECK(Join({"a", "", "b"}, ", ") == "a, , b");
  CHECK(Join({"", ""}, ",") == ",");
}

TEST_CASE("Quoted and Count") {
  CHECK(Quoted("") == "\"\"");
  CHECK(Quoted("a b") == "\"a b\"");
  CHECK(Count(0, "rail") == "0 rails");
  CHECK(Count(1, "rail") == "1 rail");
  CHECK(Count(8, "rail") == "8 rails");
}

TEST_CASE("CompareNatural: runs of digits are numbers, all else are bytes") {
  const struct {
    std::string_view less, more;
  } cases[] = {{"gpu2", "gpu10"},
               {"gpu9-sriov", "gpu10-sriov"},
               {"", "0"},
               {"a", "a0"},
               {"1", "a"},
               {"ens1f0", "ens1f1"},
               {"ens1f2", "ens10f1"},
               {"rail-1-2", "rail-1-10"},
               {"rail1", "rail1-2"},
               {"a-1", "a1"},
               {"B1", "a1"},
               {"spidernet.io/gpu2sriov", "spidernet.io/gpu10sriov"},
               {"99999999999999999999998", "99999999999999999999999"},
               {"9", "99999999999999999999999"},
               {"0009", "10"},
               {"z", "\xC3\xA4"},
               {"a01b", "a1c"},
               {"eth0", "eth00"}};
  for (const auto& c : cases) {
    CAPTURE(c.less);
    CAPTURE(c.more);
    CHECK(CompareNatural(c.less, c.more) < 0);
    CHECK(CompareNatural(c.more, c.less) > 0);
  }
}

Texts AllTexts(std::string_view letters, std::size_t longest) {
  Texts texts = {""};
  for (std::size_t first = 0, length = 0; length < longest; ++length) {
    const std::size_t last = texts.size();
    for (; first < last; ++first) {
      for (const char c : letters) texts.push_back(texts[first] + c);
    }
  }
  return texts;
}

TEST_CASE("CompareNatural is a total order: equal for equal texts only, no circles") {
  const Texts texts = AllTexts("012a-", 3);
  int wrong = 0;
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      const int order = Sign(CompareNatural(a, b));
      wrong += (order == 0) != (a == b);
      wrong += order != -Sign(CompareNatural(b, a));
      if (order >= 0) continue;
      for (const auto& c : texts) wrong += CompareNatural(b, c) < 0 && CompareNatural(a, c) >= 0;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("Nearest: the likeliest first, nothing far off") {
  const Texts known = {"rdma-network", "rdma-networks", "storage", "roce", "gpu", "a-gpu-class"};
  const struct {
    std::string_view word, want;
  } cases[] = {{"rdma-netwrok", "rdma-network|rdma-networks"},
               {"rdma-network", "rdma-network|rdma-networks"},
               {"rdma", "rdma-network|rdma-networks"},
               {"stroage", "storage"},
               {"storag", "storage"},
               {"my-storage-class", "storage"},
               {"gpu", "gpu|a-gpu-class"},
               {"completely-different", ""},
               {"", ""}};
  for (const auto& c : cases) {
    CAPTURE(c.word);
    CHECK(Show(Nearest(c.word, known, 2)) == c.want);
  }
}

TEST_CASE("Nearest gives no more than asked for, and none of none") {
  const Texts known = {"rail1", "rail2", "rail3"};
  CHECK(Nearest("rail", known, 0).empty());
  CHECK(Show(Nearest("rail", known, 2)) == "rail1|rail2");
  CHECK(Nearest("rail", known, 9).size() == 3);
  CHECK(Nearest("rail", {}, 9).empty());
}

TEST_CASE("Nearest is quick with words of any length") {
  const std::string word(1 << 20, 'x');
  CHECK(Nearest(word, Texts(1000, word + "y"), 3).empty());
}

TEST_CASE("DidYouMean names the nearest known word or says nothing") {
  CHECK(DidYouMean("gpuResource", {"classes", "gpuResources"}) ==
        " (did you mean \"gpuResources\"?)");
  CHECK(DidYouMean("zzz", {"classes", "gpuResources"}).empty());
  CHECK(DidYouMean("zzz", {}).empty());
}

TEST_CASE("OneLine: one line of at most so many bytes") {
  const struct {
    std::string_view text;
    std::size_t most;
    std::string_view want;
  } cases[] = {{"", 10, ""},
               {"short", 10, "short"},
               {"exactly 10", 10, "exactly 10"},
               {"more than 10", 10, "more th..."},
               {"a\nb\r\n\tc", 10, "a b c"},
               {"\n a \n", 10, "a"},
               {"a\x1B[31mb\x7F", 20, "a [31mb"},
               {std::string_view("a\0b", 3), 10, "a b"},
               {"r\xC3\xA4il-rail", 8, "r\xC3\xA4il..."},
               {"12\xC3\xA4\xC3\xA4", 5, "12..."},
               {"123\xC3\xA4xxx", 7, "123..."},
               {"1\xF0\x9F\x9A\x82\xF0\x9F\x9A\x82", 7, "1..."},
               {"abcdef", 3, "..."},
               {"abcdef", 2, ".."},
               {"abcdef", 0, ""}};
  for (const auto& c : cases) {
    CAPTURE(c.text);
    CAPTURE(c.most);
    const std::string line = OneLine(c.text, c.most);
    CHECK(line == c.want);
    CHECK(line.size() <= c.most);
  }
}

TEST_CASE("OneLine cuts valid UTF-8 to valid UTF-8, wherever the cut falls") {
  const std::string_view text =
      "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x9A\x82z\xF0\x9F\x9A\x82\xE2\x82\xAC";
  for (std::size_t most = 0; most < text.size() + 2; ++most) {
    CAPTURE(most);
    const std::string line = OneLine(text, most);
    CHECK(line.size() <= most);
    CHECK(FindInvalidUtf8(line) == std::string::npos);
  }
}

TEST_CASE("OneLine ends lines for every reader, also at the line ends of Unicode") {
  for (const std::string_view end : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    CHECK(OneLine("a" + std::string(end) + "b", 10) == "a b");
  }
}

TEST_CASE("OneLine does not loop over bytes that are no UTF-8") {
  CHECK(OneLine(std::string(100, '\x80'), 10).size() <= 10);
}

}  // namespace
}  // namespace railhook
