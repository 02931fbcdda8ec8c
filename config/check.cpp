#include "config/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "config/slot.h"
#include "config/units.h"

namespace laterbase::config {
namespace {

class Checker {
 public:
  Checker(Settings& settings, const Places& places, Errors& errors)
      : settings_(settings), places_(places), errors_(errors) {}

  void run() {
    check_listen();
    check_tls();
    check_storage();
    check_tokens();
    check_peers();
  }

 private:
  void say(const std::string& name, std::string message) {
    const auto place = places_.find(name);
    errors_.push_back({place == places_.end() ? Place(name) : place->second, std::move(message)});
  }

  void check_listen() {
    if (settings_.data.empty()) say("data", "data: is empty; name a directory");
    if (is_loopback(settings_.listen) || !settings_.tokens.empty()) return;
    say("listen",
        fmt::format("listen: {} lets everyone who can reach this machine read, write and drop every database, "
                    "and no [[tokens]] are configured to tell who may; configure one, or listen on 127.0.0.1",
                    print_address(settings_.listen)));
  }

  void check_tls() {
    const auto& tls = settings_.tls;
    if (tls.certificate.empty() == tls.key.empty()) return;
    const std::string_view missing = tls.key.empty() ? "tls.key" : "tls.certificate";
    const std::string_view given = tls.key.empty() ? "tls.certificate" : "tls.key";
    say(std::string(given), fmt::format("{} is of no use without {}", given, missing));
  }

  void check_storage() {
    const auto& storage = settings_.storage;
    if (storage.map_bytes <= storage.max_map_bytes) return;
    const bool given = places_.contains("storage.max_map");
    say(given ? "storage.max_map" : "storage.map",
        fmt::format("storage.map ({}) is larger than storage.max_map ({}), where growing ends; set both",
                    print_bytes(storage.map_bytes), print_bytes(storage.max_map_bytes)));
  }

  // The first line of a file, without its end.
  bool read_secret(const std::string& path, const std::string& name, std::string& secret) {
    std::ifstream file(path);
    std::string line;
    if (!file || !std::getline(file, line)) return say(name, fmt::format("token_file: {} cannot be read", path)), false;
    secret = trim(line);
    if (secret.empty()) say(name, fmt::format("token_file: the first line of {} is empty", path));
    return !secret.empty();
  }

  void check_databases(const std::vector<std::string>& databases, const std::string& name) {
    if (databases.empty()) say(name, "databases: is empty; name some, or leave it out for all");
    for (const auto& database : databases) {
      if (database != "*" && !is_name(database))
        say(name, fmt::format("databases: {} is not \"*\" or a name of a-z, 0-9, _ and -, beginning with a letter, at "
                              "most 63 long",
                              quote(database)));
    }
  }

  static bool is_name(std::string_view name) {
    const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    const bool letter = !name.empty() && name.front() >= 'a' && name.front() <= 'z';
    return letter && name.size() <= 63 && std::all_of(name.begin(), name.end(), fits);
  }

  void check_tokens() {
    std::set<std::string> names, secrets;
    for (std::size_t i = 0; i < settings_.tokens.size(); ++i) {
      Token& token = settings_.tokens[i];
      const std::string name = fmt::format("tokens[{}]", i);
      if (token.name.empty()) say(name, "a token needs a name, which appears in the log");
      if (!token.name.empty() && !names.insert(token.name).second)
        say(name, fmt::format("two tokens are called {}", quote(token.name)));
      if (token.roles.empty()) say(name, "a token needs roles: a list of read, write, sync, admin");
      check_databases(token.databases, name);
      check_secret(token, name);
      const auto& secret = token.token_sha256.empty() ? token.token : token.token_sha256;
      if (!secret.empty() && !secrets.insert(secret).second)
        say(name, fmt::format("{} has the same secret as another token", quote(token.name)));
    }
  }

  void check_secret(Token& token, const std::string& name) {
    const int given = !token.token.empty() + !token.token_file.empty() + !token.token_sha256.empty();
    if (given != 1) return say(name, "a token needs one of token, token_file, token_sha256");
    if (!token.token_file.empty() && !read_secret(token.token_file, name, token.token)) return;
    check_sendable(token.token, name);
    token.token_sha256 = lower(token.token_sha256);
    const bool hex = token.token_sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!token.token_sha256.empty() && (!hex || token.token_sha256.size() != 64))
      say(name, "token_sha256: is not 64 hexadecimal digits; try: printf %s SECRET | sha256sum");
  }

  void check_sendable(const std::string& secret, const std::string& name) {
    const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
    if (!std::all_of(secret.begin(), secret.end(), printable))
      say(name, "token: holds blanks, control or non-ASCII characters, which an Authorization header cannot carry");
  }

  void check_peers() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < settings_.peers.size(); ++i) {
      Peer& peer = settings_.peers[i];
      const std::string name = fmt::format("peers[{}]", i);
      if (!is_name(peer.name)) say(name, "a peer needs a name of a-z, 0-9, _ and -, beginning with a letter");
      if (!peer.name.empty() && !names.insert(peer.name).second)
        say(name, fmt::format("two peers are called {}", quote(peer.name)));
      check_url(peer.url, name);
      check_databases(peer.databases, name);
      check_window(peer, name);
      if (!peer.token.empty() && !peer.token_file.empty()) say(name, "a peer takes token or token_file, not both");
      if (!peer.token_file.empty()) read_secret(peer.token_file, name, peer.token);
      check_sendable(peer.token, name);
    }
  }

  void check_url(const std::string& url, const std::string& name) {
    const bool http = url.starts_with("http://") && url.size() > 7;
    const bool https = url.starts_with("https://") && url.size() > 8;
    if (!http && !https) say(name, "a peer needs a url: http://HOST:PORT or https://HOST:PORT");
  }

  void check_window(const Peer& peer, const std::string& name) {
    for (const auto& [key, time] : {std::pair{"from", &peer.from}, std::pair{"to", &peer.to}}) {
      if (!time->empty() && !looks_like_time(*time))
        say(name,
            fmt::format("{}: {} is neither RFC 3339, as 2026-01-31T00:00:00Z, nor a ULID, nor so long ago, as -30d",
                        key, quote(*time)));
    }
  }

  Settings& settings_;
  const Places& places_;
  Errors& errors_;
};

}  // namespace

void complete(Settings& settings, const Places& places, Errors& errors) { Checker(settings, places, errors).run(); }

}  // namespace laterbase::config
