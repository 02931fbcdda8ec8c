#include "tests/blackbox/blackbox.h"

#include <atomic>

namespace laterbase::tests {

Node& shared_node() {
  static Node node;
  return node;
}

std::string fresh_database(const Node& node) {
  static std::atomic<int> count = 0;
  const std::string db = "/db/t" + std::to_string(++count);
  REQUIRE(node.put(db).status == 201);
  return db;
}

void check_problem(const Response& response, int status) {
  INFO("answer: " << response.status << " " << response.body.substr(0, 500));
  CHECK(response.status == status);
  CHECK(response.header("content-type").starts_with("application/problem+json"));
  const Json problem = Json::parse(response.body, nullptr, false);
  REQUIRE(problem.is_object());
  CHECK(problem.value("type", "").starts_with("urn:laterbase:problem:"));
  CHECK(problem.value("status", 0) == status);
  CHECK_FALSE(problem.value("title", "").empty());
  CHECK_FALSE(problem.value("detail", "").empty());
}

Json stored(const Node& node, const std::string& db, const std::string& body, const std::string& type) {
  const Response response = node.post(db + "/e", body, type);
  INFO("answer: " << response.status << " " << response.body.substr(0, 500));
  REQUIRE(response.status == 201);
  return response.json();
}

std::vector<std::string> post_numbers(const Node& node, const std::string& db, int count) {
  std::string lines;
  for (int n = 0; n < count; ++n) lines += "{\"n\":" + std::to_string(n) + "}\n";
  return stored(node, db, lines, ndjson_type)["keys"].get<std::vector<std::string>>();
}

std::vector<Json> whole_feed(const Node& node, const std::string& db) {
  std::vector<Json> events;
  std::uint64_t lc = 0;
  for (bool more = true; more;) {
    const Response response = node.get(db + "/e?order=lc&limit=10000&lc=" + std::to_string(lc));
    INFO("answer: " << response.status << " " << response.body.substr(0, 500));
    REQUIRE(response.status == 200);
    const Json page = response.json();
    for (const Json& event : page["events"]) events.push_back(event);
    lc = page["lc"].get<std::uint64_t>();
    more = page["more"].get<bool>();
  }
  return events;
}

std::string next_link(const Response& response) {
  const std::string link = response.header("link");
  const std::size_t begin = link.find('<');
  const std::size_t end = link.find('>');
  if (begin == std::string::npos || link.find("rel=\"next\"") == std::string::npos) return "";
  std::string target = link.substr(begin + 1, end - begin - 1);
  if (const std::size_t path = target.find("/db/"); path != std::string::npos) target.erase(0, path);
  return target;
}

std::string ulid(std::uint64_t ms, std::uint64_t tail) {
  static constexpr char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string text(26, '0');
  for (int i = 9; i >= 0; --i, ms >>= 5) text[static_cast<std::size_t>(i)] = digits[ms & 31];
  for (int i = 25; i >= 13; --i, tail >>= 5) text[static_cast<std::size_t>(i)] = digits[tail & 31];
  return text;
}

std::string decode_base64(const std::string& text) {
  static const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<std::uint32_t>(digits.find(c));
    held += 6;
    if (held >= 8) bytes.push_back(static_cast<char>(bits >> (held -= 8) & 0xFF));
  }
  return bytes;
}

std::string bytes_of(const Json& event) {
  return event.contains("base64") ? decode_base64(event["base64"].get<std::string>()) : event["value"].dump();
}

}  // namespace laterbase::tests
