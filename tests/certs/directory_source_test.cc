#include "certs/directory_source.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <string>
#include <string_view>
#include <thread>

#include "base/files.h"
#include "certs/authority.h"
#include "certs/key_pair.h"
#include "tests/certs/temporary_directory.h"
#include "tests/eventually.h"

namespace railhook {
namespace {

namespace fs = std::filesystem;

const ServerNames kNames{.dns = {"localhost"}, .ips = {"127.0.0.1"}};

Certificate NewPair(std::time_t now = std::time(nullptr)) {
  return Authority::Make(now).value().Sign(kNames, now).value();
}

void WritePair(const TemporaryDirectory& directory, const Certificate& pair,
               const fs::path& under = "") {
  directory.Write(under / "tls.crt", pair.chain_pem);
  directory.Write(under / "tls.key", pair.key_pem);
  directory.Write(under / "ca.crt", pair.ca_pem);
}

std::unique_ptr<CertificateSource> Open(const fs::path& directory) {
  auto opened = OpenCertificateDirectory(directory, kNames);
  REQUIRE(opened);
  return std::move(opened).Take();
}

std::string OpenError(const fs::path& directory) {
  const auto opened = OpenCertificateDirectory(directory, kNames);
  REQUIRE(!opened);
  CHECK(opened.error().code == ErrorCode::kInvalid);
  return opened.error().message;
}

bool HandsOut(CertificateSource& source, const Certificate& pair) {
  const auto current = source.Current().value();
  return current->chain_pem == pair.chain_pem && current->key_pem == pair.key_pem;
}

bool ComesToTell(const CertificateSource& source, std::string_view trouble) {
  return Eventually([&] { return source.trouble().find(trouble) != std::string::npos; });
}

bool HandsOutSoon(CertificateSource& source, const Certificate& pair) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!HandsOut(source, pair)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

fs::perms Mode(const fs::path& file) { return fs::status(file).permissions(); }

TEST_CASE("an empty directory gets a pair that can be served, and only its owner reads the key") {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "new" / "certs";
  const auto source = Open(directory);
  const auto made = source->Current().value();
  CHECK(CheckKeyPair(made->chain_pem, made->key_pem, made->ca_pem, std::time(nullptr)).has_value());
  CHECK(ReadFile(directory / "tls.crt").value() == made->chain_pem);
  CHECK(ReadFile(directory / "tls.key").value() == made->key_pem);
  CHECK(ReadFile(directory / "ca.crt").value() == made->ca_pem);
  CHECK(Mode(directory / "tls.key") == fs::perms(0600));
  CHECK(Mode(directory / "tls.crt") == fs::perms(0644));
  CHECK(Mode(directory / "ca.key") == fs::perms(0600));
  CHECK(std::distance(fs::directory_iterator(directory), fs::directory_iterator()) == 4);
}

TEST_CASE("a pair that is there is served, also the next time, and nothing is made") {
  const TemporaryDirectory directory;
  const auto pair = NewPair();
  WritePair(directory, pair);
  CHECK(HandsOut(*Open(directory.path()), pair));
  CHECK(HandsOut(*Open(directory.path()), pair));
  CHECK(Open(directory.path())->Current().value()->ca_pem == pair.ca_pem);
  fs::remove(directory.path() / "ca.crt");
  CHECK(Open(directory.path())->Current().value()->ca_pem.empty());
  CHECK(!fs::exists(directory.path() / "ca.crt"));
}

TEST_CASE("an unchanged certificate is the same pointer") {
  const TemporaryDirectory directory;
  const auto source = Open(directory.path());
  CHECK(source->Current().value() == source->Current().value());
}

TEST_CASE("half a pair is refused, and left as it is") {
  const auto pair = NewPair();
  const struct {
    std::string_view present, missing;
  } cases[] = {{"tls.crt", "tls.key"}, {"tls.key", "tls.crt"}, {"ca.crt", "tls.crt"}};
  for (const auto& c : cases) {
    CAPTURE(c.present);
    const TemporaryDirectory directory;
    directory.Write(c.present, c.present == "tls.key" ? pair.key_pem : pair.chain_pem);
    CHECK(OpenError(directory.path()) ==
          (directory.path() / c.missing).string() +
              " is missing; put tls.crt and tls.key there, or remove all of tls.crt, tls.key and "
              "ca.crt to have new ones made");
    CHECK(std::distance(fs::directory_iterator(directory.path()), fs::directory_iterator()) == 1);
  }
}

TEST_CASE("a pair that can't be served is refused with its directory and file") {
  const auto expired = NewPair(std::time(nullptr) - 91 * 86'400);
  auto mixed = NewPair();
  mixed.key_pem = NewPair().key_pem;
  auto garbage = NewPair();
  garbage.chain_pem = "garbage";
  const struct {
    Certificate pair;
    std::string_view want;
  } cases[] = {{expired, ": tls.crt has expired on"},
               {mixed, ": tls.key is not the key of"},
               {garbage, ": tls.crt: no certificate in PEM form"}};
  for (const auto& c : cases) {
    CAPTURE(c.want);
    const TemporaryDirectory directory;
    WritePair(directory, c.pair);
    CHECK(OpenError(directory.path()).starts_with(directory.path().string() + std::string(c.want)));
  }
}

TEST_CASE("a dangling link is not an empty directory") {
  const TemporaryDirectory directory;
  fs::create_symlink("..data/tls.crt", directory.path() / "tls.crt");
  CHECK(OpenError(directory.path()).find("tls.crt is missing") != std::string::npos);
}

TEST_CASE("a directory that can't be made is named") {
  const TemporaryDirectory directory;
  directory.Write("file", "");
  const auto opened = OpenCertificateDirectory(directory.path() / "file" / "certs", kNames);
  REQUIRE(!opened);
  CHECK(opened.error().message.find((directory.path() / "file").string()) == 0);
}

TEST_CASE("files written in place or renamed over are read again") {
  const TemporaryDirectory directory;
  const auto source = Open(directory.path());
  const auto second = NewPair();
  WritePair(directory, second);
  CHECK(HandsOutSoon(*source, second));

  const auto third = NewPair();
  WritePair(directory, third, "next");
  for (const auto* file : {"tls.key", "tls.crt", "ca.crt"}) {
    fs::rename(directory.path() / "next" / file, directory.path() / file);
  }
  CHECK(HandsOutSoon(*source, third));
}

TEST_CASE("a Secret mounted by kubelet is read again when its link is swapped") {
  const TemporaryDirectory directory;
  const auto first = NewPair();
  const auto second = NewPair();
  WritePair(directory, first, "..v1");
  WritePair(directory, second, "..v2");
  fs::create_directory_symlink("..v1", directory.path() / "..data");
  for (const std::string file : {"tls.crt", "tls.key", "ca.crt"}) {
    fs::create_symlink("..data/" + file, directory.path() / file);
  }
  const auto source = Open(directory.path());
  CHECK(HandsOut(*source, first));

  fs::create_directory_symlink("..v2", directory.path() / "..data_tmp");
  fs::rename(directory.path() / "..data_tmp", directory.path() / "..data");
  CHECK(HandsOutSoon(*source, second));
}

TEST_CASE("while the files can't be served the last good pair is, and the next good one follows") {
  const TemporaryDirectory directory;
  const auto first = NewPair();
  WritePair(directory, first);
  const auto source = Open(directory.path());
  const auto kept = source->Current().value();

  const auto next = NewPair();
  directory.Write("tls.crt", "garbage");
  fs::remove(directory.path() / "tls.key");
  CHECK(HandsOut(*source, first));
  directory.Write("tls.crt", next.chain_pem);  // the key is still missing
  CHECK(HandsOut(*source, first));
  directory.Write("tls.key", next.key_pem);
  CHECK(HandsOutSoon(*source, next));
  CHECK(kept->key_pem == first.key_pem);  // who has it may go on with it
}

constexpr auto kLook = std::chrono::milliseconds(20);

std::unique_ptr<CertificateSource> OpenQuick(const fs::path& directory) {
  return OpenCertificateDirectory(
             directory, kNames, [] { return Lifetimes{}; }, kLook)
      .value();
}

// A pair of the authority, so many days old.
Certificate Aged(const Authority& authority, std::time_t days) {
  return authority.Sign(kNames, std::time(nullptr) - days * 86'400).value();
}

TEST_CASE("an old leaf in a directory that railhook made is renewed under the same CA") {
  const TemporaryDirectory directory;
  const auto authority = Authority::Make(std::time(nullptr) - 100 * 86'400).value();
  const auto old = Aged(authority, 61);
  WritePair(directory, old);
  directory.Write("ca.key", authority.KeyPem().value());
  const auto source = OpenQuick(directory.path());
  CHECK(Eventually([&] { return !HandsOut(*source, old); }));
  const auto renewed = source->Current().value();
  CHECK(renewed->ca_pem == old.ca_pem);
  CHECK(renewed->not_after > old.not_after);
  CHECK(Eventually([&] { return source->trouble().empty(); }));
}

TEST_CASE("what railhook didn't make in a directory isn't renewed, and its end is trouble") {
  const TemporaryDirectory directory;
  const auto authority = Authority::Make(std::time(nullptr) - 300 * 86'400).value();
  const auto theirs = Aged(authority, 80);
  WritePair(directory, theirs);
  for (const std::string key : {"", "garbage"}) {
    if (!key.empty()) directory.Write("ca.key", key);
    const auto source = OpenQuick(directory.path());
    CHECK(ComesToTell(*source, "; let who made it renew it"));
    CHECK(HandsOut(*source, theirs));
  }
  const auto other = Authority::Make(std::time(nullptr)).value();  // known, but not its maker
  directory.Write("ca.crt", theirs.ca_pem + other.Pem().value());
  directory.Write("ca.key", other.KeyPem().value());
  const auto source = OpenQuick(directory.path());
  CHECK(ComesToTell(*source, "; let who made it renew it"));
  CHECK(HandsOut(*source, theirs));
}

TEST_CASE("a leaf that ends with its CA is left to people, who are told in time") {
  const TemporaryDirectory directory;
  const auto authority = Authority::Make(std::time(nullptr) - 360 * 86'400).value();
  const auto last = Aged(authority, 60);
  WritePair(directory, last);
  directory.Write("ca.key", authority.KeyPem().value());
  const auto source = OpenQuick(directory.path());
  CHECK(ComesToTell(*source, " with its CA; remove"));
  CHECK(HandsOut(*source, last));
}

TEST_CASE("files that can't be served are trouble while the last good ones are in use") {
  const TemporaryDirectory directory;
  WritePair(directory, NewPair());
  const auto source = OpenQuick(directory.path());
  CHECK(Eventually([&] { return source->trouble().empty(); }));
  directory.Write("tls.key", "garbage");
  CHECK(Eventually([&] {
    return source->trouble().find("the last good one is in use: ") == 0 &&
           source->trouble().find("tls.key: no private key") != std::string::npos;
  }));
  WritePair(directory, NewPair());
  CHECK(Eventually([&] { return source->trouble().empty(); }));
}

TEST_CASE("a throwaway certificate that is due is another one, and stays until the next is") {
  std::atomic<long> days = 90;
  const auto source =
      MakeThrowawayCertificate(kNames, [&] { return Lifetimes{std::chrono::days(days)}; }).value();
  const auto first = source->Current().value();
  days = 0;
  const auto second = source->Current().value();
  CHECK(second->key_pem != first->key_pem);
  days = 90;
  CHECK(source->Current().value() == source->Current().value());
}

TEST_CASE("a throwaway certificate is a good pair, another one each time, and never changes") {
  const auto one = MakeThrowawayCertificate(kNames).value();
  const auto two = MakeThrowawayCertificate(kNames).value();
  const auto pair = one->Current().value();
  CHECK(CheckKeyPair(pair->chain_pem, pair->key_pem, pair->ca_pem, std::time(nullptr)).has_value());
  CHECK(one->Current().value() == pair);
  CHECK(two->Current().value()->key_pem != pair->key_pem);
  CHECK(!MakeThrowawayCertificate({}));
}

}  // namespace
}  // namespace railhook
