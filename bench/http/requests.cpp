#include "bench/http/requests.h"

#include <fmt/format.h>

#include <array>

namespace laterbase::bench {
namespace {

std::string base64(std::string_view bytes) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    std::uint32_t three = 0;
    for (std::size_t j = 0; j < 3; ++j) three = three << 8 | static_cast<unsigned char>(bytes[i + j]);
    for (const int shift : {18, 12, 6, 0}) text.push_back(digits[three >> shift & 63]);
  }
  return text;
}

}  // namespace

std::string value_of_100_bytes(std::uint64_t number) {
  const std::string text = fmt::format(R"({{"truck":{},"load":"{:09}","note":")", 1000 + number % 9000, number);
  return text + std::string(100 - text.size() - 2, 'x') + "\"}";
}

std::string key_of(std::uint64_t number, bool random) {
  static constexpr char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  constexpr std::uint64_t begin_ms = 1'000'000'000'000, span_ms = 450'000'000'000;
  const std::uint64_t mixed = number * 0x9E3779B97F4A7C15ULL;
  std::uint64_t ms = begin_ms + (random ? mixed % span_ms : number);
  std::uint64_t tail = number;
  std::string key(26, '0');
  for (std::size_t i = 10; i-- > 0; ms >>= 5) key[i] = digits[ms & 31];
  for (std::size_t i = 26; i-- > 10; tail >>= 5) key[i] = digits[tail & 31];
  return key;
}

std::string get(const std::string& target, const std::string& accept) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\nAccept: {}\r\n\r\n", target, accept);
}

std::string post(const std::string& target, const std::string& type, const std::string& body) {
  return fmt::format("POST {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", target,
                     type, body.size(), body);
}

std::string post_batch(const std::string& db) {
  std::string lines;
  for (std::uint64_t i = 0; i < batch_events; ++i) lines += value_of_100_bytes(i) + "\n";
  return post(db + "/e", "application/x-ndjson", lines);
}

std::vector<std::string> post_keyed_batches(const std::string& db, std::size_t batches, bool random) {
  std::vector<std::string> requests;
  std::uint64_t number = 0;
  for (std::size_t b = 0; b < batches; ++b) {
    std::string lines;
    for (std::size_t i = 0; i < batch_events; ++i, ++number) {
      lines += R"({"key":")" + key_of(number, random) + R"(","value":)" + value_of_100_bytes(number) + "}\n";
    }
    requests.push_back(post(db + "/e", "application/vnd.laterbase+x-ndjson", lines));
  }
  return requests;
}

std::string redis_set(std::uint64_t number) {
  const std::string value = value_of_100_bytes(number);
  return fmt::format("*3\r\n$3\r\nSET\r\n$13\r\nkey:{:09}\r\n$100\r\n{}\r\n", number, value);
}

std::string etcd_put(std::uint64_t number) {
  const std::string key = base64(fmt::format("key:{:08}", number));
  const std::string value = base64(value_of_100_bytes(number) + "..");
  return post("/v3/kv/put", "application/json", fmt::format(R"({{"key":"{}","value":"{}"}})", key, value));
}

}  // namespace laterbase::bench
