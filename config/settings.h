#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "config/setting.h"

// Every setting: the members with unit and default, then the table with name, allowed range, when a change takes
// effect, and meaning. All else (TOML, environment, flags, --help, printing, reload) is read from this page.
namespace laterbase::config {

// Who may do what, where. Exactly one of token and token_sha256 is set once loaded; token_file has been read into
// token.
struct Token {
  std::string name;
  std::string token;
  std::string token_file;
  std::string token_sha256;
  std::vector<Role> roles;
  std::vector<std::string> databases = {"*"};
  bool operator==(const Token&) const = default;
};

// A node to keep databases equal with.
struct Peer {
  std::string name;
  std::string url;
  std::vector<std::string> databases = {"*"};
  std::uint64_t interval_ms = 1000;
  std::string token;
  std::string token_file;
  std::string ca_file;
  Direction direction = Direction::both;
  bool create = true;
  std::string from, to;
  bool operator==(const Peer&) const = default;
};

// What settings were loaded from, so that they can be loaded again.
struct Source {
  std::vector<std::string> flags;  // after the subcommand: --name=value or --name value
  std::map<std::string, std::string> environment;
  bool operator==(const Source&) const = default;
};

struct Settings {
  std::string data = "data";
  Address listen = {"127.0.0.1", 7070};

  struct Server {
    std::uint64_t threads = std::max(1U, std::thread::hardware_concurrency() / 2);
    std::int64_t drain_timeout_ms = 5 * second_ms;
    std::vector<std::string> cors_origins;
  } server;

  struct Limits {
    std::uint64_t max_body_bytes = 64 * mib;
    std::uint64_t max_event_bytes = 1 * mib;
    std::uint64_t max_header_bytes = 16 * kib;
    std::uint64_t max_keys = 1000;
    std::uint64_t max_batch_events = 100'000;
    std::uint64_t max_page = 10'000;
    std::uint64_t default_page = 1000;
    std::uint64_t max_databases = 10'000;
    std::uint64_t connections = 10'000;
    std::uint64_t subscribers = 1000;
    std::uint64_t unsent_bytes = 1 * mib;
    std::uint64_t queue_bytes = 64 * mib;
    std::uint64_t compress_min_bytes = 1 * kib;
    std::int64_t read_timeout_ms = 30 * second_ms;
    std::int64_t write_timeout_ms = 30 * second_ms;
    std::int64_t idle_timeout_ms = 75 * second_ms;
  } limits;

  struct Events {
    std::int64_t max_future_ms = 5 * second_ms;
  } events;

  struct DurabilitySettings {
    Durability default_level = Durability::strong;
    std::int64_t relaxed_flush_ms = 50;
  } durability;

  struct Storage {
    std::uint64_t map_bytes = 16 * gib;
    std::uint64_t max_map_bytes = 1 * tib;
    std::uint64_t tail_bytes = 4 * mib;
    std::uint64_t min_free_bytes = 16 * mib;
    std::uint64_t open_databases = 256;
    std::int64_t idle_close_ms = 60 * second_ms;
  } storage;

  struct Views {
    std::uint64_t save_least_bytes = 4 * mib;
    std::uint64_t save_share_percent = 50;
    std::string scratch;
  } views;

  struct Sync {
    std::int64_t timeout_ms = 20 * second_ms;
    std::int64_t max_back_off_ms = 10 * second_ms;
  } sync;

  struct Plugins {
    std::string directory;
  } plugins;

  struct Log {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::automatic;
    bool requests = false;
  } log;

  struct Tls {
    std::string certificate;
    std::string key;
    bool on() const { return !certificate.empty(); }
  } tls;

  std::vector<Token> tokens;
  std::vector<Peer> peers;

  Source source;  // no setting
};

// The rows of `s`. Lifetime: they point into it.
// NOLINTNEXTLINE(readability-function-size): a table, however long
inline std::vector<Setting> table(Settings& s) {
  using enum When;
  auto& l = s.limits;
  return {
      {"data", &s.data, restart, "Directory that holds the databases."},
      {"listen", &s.listen, restart,
       "HOST:PORT to answer on; port 0 lets the system choose. Wider than loopback only with [[tokens]]."},

      {"server.threads", Count{&s.server.threads, 1, 1024}, restart,
       "Threads that talk to clients; half the cores by default."},
      {"server.drain_timeout", Duration{&s.server.drain_timeout_ms}, reload,
       "How long requests may take to finish after SIGTERM."},
      {"server.cors_origins", &s.server.cors_origins, reload,
       "Origins whose pages may call this node from a browser; \"*\" is any, none is off."},

      {"limits.max_body", Size{&l.max_body_bytes}, reload, "Largest request body; 413 beyond."},
      {"limits.max_event", Size{&l.max_event_bytes, 1, gib}, reload, "Largest value of one event; 413 beyond."},
      {"limits.max_header", Size{&l.max_header_bytes, 256, mib}, reload,
       "Largest request line and header fields; 431 beyond."},
      {"limits.max_keys", Count{&l.max_keys}, reload, "Keys in one bulk read; 400 beyond."},
      {"limits.max_batch_events", Count{&l.max_batch_events}, reload, "Events in one batch; 413 beyond."},
      {"limits.max_page", Count{&l.max_page}, reload, "Events in a feed page in key order; a larger limit= is cut."},
      {"limits.default_page", Count{&l.default_page}, reload, "Events in one page where the request has no limit=."},
      {"limits.max_databases", Count{&l.max_databases}, reload, "Databases on this node; creating more is refused."},
      {"limits.connections", Count{&l.connections}, reload, "Connections at once; 503 beyond."},
      {"limits.subscribers", Count{&l.subscribers, 0}, reload, "Live streams at once; 503 beyond."},
      {"limits.unsent", Size{&l.unsent_bytes, kib}, reload,
       "Bytes waiting to be sent to one connection; a subscriber further behind is ended with its cursor."},
      {"limits.queue", Size{&l.queue_bytes, kib}, reload,
       "Bytes of writes waiting for one database's writer; 503 beyond."},
      {"limits.compress_min", Size{&l.compress_min_bytes, 0}, reload,
       "Smallest answer that is compressed where the client takes it."},
      {"limits.read_timeout", Duration{&l.read_timeout_ms, 1}, reload,
       "How long a request may take to arrive; 408 beyond."},
      {"limits.write_timeout", Duration{&l.write_timeout_ms, 1}, reload,
       "How long a client may take none of its answer before it is cut off."},
      {"limits.idle_timeout", Duration{&l.idle_timeout_ms, 1}, reload,
       "How long a connection may stay open without a request."},

      {"events.max_future", Duration{&s.events.max_future_ms}, reload,
       "How far ahead of this node's clock an event's time may be; 422 beyond."},

      {"durability.default", &s.durability.default_level, reload,
       "What a write without durability= gets: strong (answered after fsync) or relaxed."},
      {"durability.relaxed_flush", Duration{&s.durability.relaxed_flush_ms, 1, minute_ms}, restart,
       "How long a relaxed write may wait for its fsync."},

      {"storage.map", Size{&s.storage.map_bytes, mib}, restart,
       "Address space of one database at first; it grows by doubling."},
      {"storage.max_map", Size{&s.storage.max_map_bytes, mib}, restart,
       "Largest that one database may grow; 507 beyond."},
      {"storage.tail", Size{&s.storage.tail_bytes, 64 * kib}, restart,
       "Bytes of a database's newest events in memory and write-ahead file before they move to its tree."},
      {"storage.min_free", Size{&s.storage.min_free_bytes, 0}, restart,
       "Bytes of the disk to keep free; writes are answered 507 below."},
      {"storage.open_databases", Count{&s.storage.open_databases}, restart,
       "Databases open at once; the least recently used is closed."},
      {"storage.idle_close", Duration{&s.storage.idle_close_ms, 1}, restart,
       "A database that nobody used for this long is closed until it is used again."},

      {"views.save_least", Size{&s.views.save_least_bytes}, reload,
       "Tables and views are saved when at least so many bytes of events would have to be folded again at a restart."},
      {"views.save_share", Count{&s.views.save_share_percent, 0, 10'000}, reload,
       "And when those are at least so many percent of the bytes that a save writes."},
      {"views.scratch", &s.views.scratch, restart,
       "Directory on a disk for the rows of tables and the state of views, which may then be larger than memory; "
       "without it, all is in memory."},

      {"sync.timeout", Duration{&s.sync.timeout_ms, 10}, restart,
       "How long a peer may keep silent before an exchange with it is given up."},
      {"sync.max_back_off", Duration{&s.sync.max_back_off_ms, 10}, restart,
       "Longest pause after failed exchanges, where a peer's interval_ms is not longer."},

      {"plugins.directory", &s.plugins.directory, restart,
       "Shared objects in it are loaded while the node runs: their folds and views; empty is none."},

      {"log.level", &s.log.level, reload, "The least severe lines to log."},
      {"log.format", &s.log.format, restart, "text for people, json for machines; auto is text on a terminal."},
      {"log.requests", &s.log.requests, reload, "Log a line for each request."},

      {"tls.certificate", &s.tls.certificate, restart,
       "PEM file with the certificate chain; with it the node speaks https only."},
      {"tls.key", &s.tls.key, restart, "PEM file with the certificate's private key."},

      {"tokens", &s.tokens, reload, "Who may do what; without any, whoever reaches the node may do everything."},
      {"peers", &s.peers, restart, "Nodes to keep databases equal with."},
  };
}

inline std::vector<Setting> table(Token& t) {
  using enum When;
  return {
      {"name", &t.name, reload, "Who it is; appears in the log."},
      {"token", &t.token, reload, "The secret itself.", true},
      {"token_file", &t.token_file, reload, "A file whose first line is the secret."},
      {"token_sha256", &t.token_sha256, reload, "The secret's SHA-256 in hexadecimal.", true},
      {"roles", &t.roles, reload, "What it may do."},
      {"databases", &t.databases, reload, "Where: names of databases; \"*\" is all."},
  };
}

inline std::vector<Setting> table(Peer& p) {
  using enum When;
  return {
      {"name", &p.name, restart, "What this node calls the peer."},
      {"url", &p.url, restart, "Where it answers: http://HOST:PORT or https://HOST:PORT."},
      {"databases", &p.databases, restart, "Databases to sync; \"*\" is all."},
      {"interval_ms", Count{&p.interval_ms, 10}, restart, "Milliseconds between exchanges."},
      {"token", &p.token, restart, "The secret to show it.", true},
      {"token_file", &p.token_file, restart, "A file whose first line is the secret."},
      {"ca_file", &p.ca_file, restart, "PEM file of certificates to trust in place of the system's."},
      {"direction", &p.direction, restart, "Take (pull), give (push) or both."},
      {"create", &p.create, restart,
       "Whether a database that the peer has and this node lacks is made here; one that was dropped here is not."},
      {"from", &p.from, restart, "Only events from this valid time on: RFC 3339, a ULID, or -30d for so long ago."},
      {"to", &p.to, restart, "Only events up to this valid time: RFC 3339, a ULID, or -30d for so long ago."},
  };
}

}  // namespace laterbase::config
