#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/node.h"
#include "tests/support/seed.h"

// What the black-box tests share: a node with default settings, databases of their own in it, and the contract's
// shapes.
namespace laterbase::tests {

using Json = nlohmann::json;

inline const std::string json_type = "application/json";
inline const std::string ndjson_type = "application/x-ndjson";
inline const std::string envelope_type = "application/vnd.laterbase+json";
inline const std::string envelope_lines_type = "application/vnd.laterbase+x-ndjson";

// One node for all the tests that need no settings and no restart.
Node& shared_node();

// Creates a database that no other test uses and returns its path, "/db/t17".
std::string fresh_database(const Node& node);

// Checks the status and that the answer is a problem document with a sentence in it.
void check_problem(const Response& response, int status);

// Posts and checks that all of it was stored.
Json stored(const Node& node, const std::string& db, const std::string& body, const std::string& type = json_type);

// Posts count events {"n":0}, {"n":1}, … in one batch; returns their keys.
std::vector<std::string> post_numbers(const Node& node, const std::string& db, int count);

// The whole feed from position 0 in log order, page by page.
std::vector<Json> whole_feed(const Node& node, const std::string& db);

// The target of Link: <…>; rel="next", or "" where there is none.
std::string next_link(const Response& response);

// A ULID made by hand: 48 bits of milliseconds, 80 bits of which tail fills the lowest 64.
std::string ulid(std::uint64_t ms, std::uint64_t tail);

std::string decode_base64(const std::string& text);

// The stored bytes that an event's JSON stands for, where they are not JSON.
std::string bytes_of(const Json& event);

}  // namespace laterbase::tests
