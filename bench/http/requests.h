#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The requests of the load, made before the clock starts.
namespace laterbase::bench {

inline constexpr std::size_t batch_events = 1000;

// A JSON object of exactly 100 bytes.
std::string value_of_100_bytes(std::uint64_t number);

// An event's key by number: ascending, or each number thrown anywhere into the years 2001 to 2015.
std::string key_of(std::uint64_t number, bool random);

std::string get(const std::string& target, const std::string& accept = "*/*");
std::string post(const std::string& target, const std::string& type, const std::string& body);

// One NDJSON batch; the server makes the keys.
std::string post_batch(const std::string& db);

// Batches of envelopes with the keys of 0, 1, 2, …
std::vector<std::string> post_keyed_batches(const std::string& db, std::size_t batches, bool random);

// Redis: SET of 100 bytes. etcd: the same by its JSON gateway.
std::string redis_set(std::uint64_t number);
std::string etcd_put(std::uint64_t number);

}  // namespace laterbase::bench
