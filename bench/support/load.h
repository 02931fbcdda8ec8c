#pragma once

#include <cstdint>
#include <string>
#include <vector>

// A load generator: one thread, one epoll, prepared requests, one send and one recv a request where the answer is
// short. Every connection sends a request, waits for its whole answer, and sends the next. It costs little beside the
// server that it shares the machine with, and the same for every server.
namespace laterbase::bench {

// What a server speaks.
enum class Protocol { http, redis };

struct Load {
  std::uint16_t port = 0;
  std::size_t connections = 1;
  Protocol protocol = Protocol::http;
  // Ends after so many requests or so many seconds, whichever is first; requests under way are finished.
  std::uint64_t most_requests = ~0ULL;
  double seconds = 1;
};

struct LoadResult {
  std::uint64_t answers = 0;   // of status 2xx, or redis' +
  std::uint64_t failures = 0;  // all others
  std::uint64_t bytes = 0;     // received
  double seconds = 0;
  double per_second() const { return seconds > 0 ? static_cast<double>(answers) / seconds : 0; }
};

// Sends requests in their order, and from the first again. Throws std::system_error where the kernel refuses,
// std::runtime_error where a connection ends.
LoadResult run(const Load& load, const std::vector<std::string>& requests);

// The same; throws std::runtime_error if one request did not succeed.
double requests_per_second(const Load& load, const std::vector<std::string>& requests);

}  // namespace laterbase::bench
