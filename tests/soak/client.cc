// Asks a server for the same things over and over: soak_client PORT REQUESTS FILE...
// Each file is an AdmissionReview. Connections stay open and carry several requests at a time. Each
// answer must be 200 and the same, byte for byte, as the first to that review. Prints how many
// came, and ends with 1 where one was another or none.

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "base/files.h"
#include "tests/webhook/server/raw_client.h"

namespace railhook {
namespace {

constexpr int kConnections = 4;
constexpr int kAtOnce = 16;  // requests on the way on a connection

std::string Post(const std::string& body) {
  return "POST /mutate-pods?timeout=5s HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Exchange {
  std::string request;
  std::string answer;
};

// All of them in turn, until `requests` have been answered. False where an answer is wrong.
bool Soak(std::uint16_t port, const std::vector<Exchange>& exchanges, std::atomic<long>& requests,
          std::atomic<long>& answers) {
  RawClient client(port, RawClient::Over::kTls);
  while (requests.fetch_sub(kAtOnce) > 0) {
    std::string batch;
    for (int i = 0; i < kAtOnce; ++i) batch += exchanges[i % exchanges.size()].request;
    if (!client.Send(batch)) return false;
    for (int i = 0; i < kAtOnce; ++i) {
      const RawAnswer answer = client.Read();
      if (answer.status != 200 || answer.body != exchanges[i % exchanges.size()].answer)
        return false;
      ++answers;
    }
  }
  return true;
}

int Run(std::uint16_t port, long count, const std::vector<std::string>& files) {
  std::vector<Exchange> exchanges;
  RawClient first(port, RawClient::Over::kTls);
  for (const std::string& file : files) {
    const auto review = ReadFile(file);
    if (!review) return std::fprintf(stderr, "%s\n", review.error().message.c_str()), 1;
    std::string request = Post(*review);
    const RawAnswer answer = first.Ask(request);
    if (answer.status != 200)
      return std::fprintf(stderr, "%s: %d\n", file.c_str(), answer.status), 1;
    exchanges.push_back({std::move(request), answer.body});
  }
  std::atomic<long> requests = count;
  std::atomic<long> answers = 0;
  std::atomic<bool> good = true;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kConnections; ++i) {
      threads.emplace_back([&] {
        if (!Soak(port, exchanges, requests, answers)) good = false;
      });
    }
  }
  std::printf("%ld answers, %s\n", answers.load(),
              good ? "all as they should be" : "one was wrong");
  return good ? 0 : 1;
}

}  // namespace
}  // namespace railhook

int main(int argc, char** argv) {
  if (argc < 4) return std::fputs("usage: soak_client PORT REQUESTS FILE...\n", stderr), 2;
  return railhook::Run(static_cast<std::uint16_t>(std::stoi(argv[1])), std::stol(argv[2]),
                       {argv + 3, argv + argc});
}
