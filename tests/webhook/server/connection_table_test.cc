#include "webhook/server/connection_table.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>

#include <chrono>
#include <cstring>
#include <deque>
#include <optional>
#include <string>
#include <thread>

namespace railhook {
namespace {

using Ticket = ConnectionTable::Ticket;

sockaddr_storage V4(const char* text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text, &address.sin_addr);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

sockaddr_storage V6(const char* text) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, text, &address.sin6_addr);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

const PeerAddress kA = AddressOf(V4("192.0.2.1"));
const PeerAddress kB = AddressOf(V4("192.0.2.2"));

// A table whose connections are told by the order in which they came.
struct Fixture {
  Ticket& Add(const PeerAddress& address = kA) { return *Admit(address).ticket; }

  Ticket& AddProven(const PeerAddress& address = kA) {
    auto& ticket = Add(address);
    ticket.Prove();
    ticket.SetAtRest(true);
    return ticket;
  }

  // Who leaves for one more from `address`; "refused" where nobody can.
  std::string WhoGoesFor(const PeerAddress& address) {
    const auto& admission = Admit(address);
    if (!admission.ticket) return "refused";
    return admission.leaver ? std::to_string(admission.leaver->id) : "nobody";
  }

  ConnectionTable::Admission& Admit(const PeerAddress& address) {
    return admissions.emplace_back(table.Admit(address, 0));
  }

  ConnectionTable table{{.in_all = 4, .from_one_address = 3}};
  std::deque<ConnectionTable::Admission> admissions;  // gone before the table
};

TEST_CASE("an IPv4 client is the same one on an IPv6 socket") {
  CHECK(AddressOf(V6("::ffff:192.0.2.1")) == kA);
  CHECK(AddressOf(V6("::192.0.2.1")) != kA);
  CHECK(AddressOf(V6("2001:db8::1")) != AddressOf(V6("2001:db8::2")));
  CHECK(kA != kB);
}

TEST_CASE_FIXTURE(Fixture, "below the limits nobody goes") {
  for (int i = 0; i < 3; ++i) CHECK(WhoGoesFor(kA) == "nobody");
  CHECK(WhoGoesFor(kB) == "nobody");
  CHECK(table.count() == 4);
}

TEST_CASE_FIXTURE(Fixture, "connections count by their state, and as rejected by the limit") {
  Add(kA);
  AddProven(kA);
  Add(kB).Prove();
  Add(kB).Leave();
  const auto counts = table.counts();
  CHECK(counts.unproven == 1);
  CHECK(counts.idle == 1);
  CHECK(counts.busy == 1);
  CHECK(counts.leaving == 1);
  CHECK(counts.over_limit + counts.over_address_limit + counts.over_descriptors == 0);
  Add(kA);
  CHECK(WhoGoesFor(kA) == "0");
  CHECK(table.counts().over_address_limit == 1);
  CHECK(table.MakeRoom());
  CHECK(table.counts().over_descriptors == 1);
  Add(kB);
  CHECK(WhoGoesFor(kB) != "nobody");
  CHECK(table.counts().over_limit == 1);
  CHECK(table.counts().leaving == 4);
}

TEST_CASE_FIXTURE(Fixture, "in a full table the oldest new one goes, of whatever address") {
  AddProven(kA);
  Add(kB);
  Add(kA);
  Add(kB);
  CHECK(WhoGoesFor(kA) == "1");
  CHECK(WhoGoesFor(kA) == "2");
}

TEST_CASE_FIXTURE(Fixture, "of an address that has too many the oldest new one goes") {
  Add(kB);
  AddProven(kA);
  Add(kA);
  Add(kA);
  CHECK(WhoGoesFor(kA) == "2");
  CHECK(WhoGoesFor(kA) == "3");
  CHECK(WhoGoesFor(kA) == "4");
}

TEST_CASE_FIXTURE(Fixture, "where all are proven, the one goes that has rested for longest") {
  auto& first = AddProven(kA);
  AddProven(kB);
  AddProven(kB);
  AddProven(kA);
  first.SetAtRest(false);
  first.SetAtRest(true);
  CHECK(WhoGoesFor(kA) == "1");
}

TEST_CASE_FIXTURE(Fixture, "an address that has too many gives up its own proven ones") {
  AddProven(kB);
  for (int i = 0; i < 3; ++i) AddProven(kA);
  CHECK(WhoGoesFor(kA) == "1");
}

TEST_CASE_FIXTURE(Fixture, "where all are proven and busy, the newcomer is refused") {
  for (int i = 0; i < 3; ++i) AddProven(kA).SetAtRest(false);
  CHECK(WhoGoesFor(kA) == "refused");
  AddProven(kB).SetAtRest(false);
  CHECK(WhoGoesFor(kB) == "refused");
  CHECK(!table.MakeRoom());
  CHECK(table.count() == 4);
}

TEST_CASE_FIXTURE(Fixture, "who leaves makes room at once, and is counted to the end") {
  for (int i = 0; i < 3; ++i) Add(kA);
  CHECK(WhoGoesFor(kA) == "0");
  CHECK(table.count() == 4);
  admissions.pop_front();
  CHECK(table.count() == 3);
}

TEST_CASE_FIXTURE(Fixture, "who was told to leave never comes back") {
  auto& first = Add();
  CHECK(table.MakeRoom()->id == first.id());
  first.Prove();
  first.SetAtRest(true);
  first.Leave();
  CHECK(!table.MakeRoom());
}

TEST_CASE_FIXTURE(Fixture, "a table tells when it is empty") {
  using std::chrono::milliseconds;
  Add();
  table.AwaitNone(milliseconds(1));
  CHECK(table.count() == 1);
  std::jthread last([this] { admissions.clear(); });
  table.AwaitNone(milliseconds(60'000));
  CHECK(table.count() == 0);
}

}  // namespace
}  // namespace railhook
