#include <catch2/catch.hpp>

#include "config/load.h"
#include "tests/config/toml_file.h"

namespace laterbase::config {
namespace {

// What is said about a file, without its path: "3:1: …".
std::vector<std::string> complaints(const std::string& toml, Source source = {}) {
  const TomlFile file(toml);
  source.flags.insert(source.flags.begin(), "--config=" + file.path());
  const auto loaded = load(source);
  std::vector<std::string> said;
  if (loaded.has_error()) {
    for (const auto& error : loaded.error()) {
      const std::string text = error.text();
      said.push_back(text.starts_with(file.path()) ? text.substr(file.path().size() + 1) : text);
    }
  }
  return said;
}

struct Bad {
  std::string toml;
  std::string said;
};

const Bad bad_files[] = {
    // names
    {"lissten = \"x\"", "1:1: there is no setting lissten; did you mean listen?"},
    {"max_body = 1", "1:1: there is no setting max_body; did you mean limits.max_body?"},
    {"[limits]\nmax_bdy = 1", "2:1: there is no setting limits.max_bdy; did you mean limits.max_body?"},
    {"[limits]\nmax-body = 1", "2:1: there is no setting limits.max-body; did you mean limits.max_body?"},
    {"[limits]\n  maxBody = 1", "2:3: there is no setting limits.maxBody; did you mean limits.max_body?"},
    {"limits.mx_body = 1", "1:8: there is no setting limits.mx_body; did you mean limits.max_body?"},
    {"[limts]\nmax_body = 1", "1:2: there is no table [limts]; did you mean [limits]?"},
    {"[colours]\nred = 1", "1:2: there is no table [colours]"},
    {"[server.drain]\nx = 1", "1:9: there is no table [server.drain]"},
    {"[[token]]\nx = 1", "1:3: there is no table [token]; did you mean [[tokens]]?"},
    {"limits = 5",
     "1:1: limits: is a group of settings, not a value: write [limits] and its settings below, or limits.NAME = …"},
    // values
    {"listen = \"127.0.0.1\"",
     "1:1: listen: \"127.0.0.1\" is not an address such as \"127.0.0.1:7070\" or \"[::1]:7070\""},
    {"listen = \"::1:7070\"",
     "1:1: listen: \"::1:7070\" is not an address such as \"127.0.0.1:7070\" or \"[::1]:7070\""},
    {"listen = \"localhost:65536\"",
     "1:1: listen: \"localhost:65536\" is not an address such as \"127.0.0.1:7070\" or \"[::1]:7070\""},
    {"data = 5", "1:1: data: takes text in quotes"},
    {"data = \"\"", "1:1: data: is empty; name a directory"},
    {"[limits]\nmax_body = \"64M\"",
     "2:1: limits.max_body: \"64M\" is not a size such as \"64MiB\" (B, KiB, MiB, GiB, TiB) or a number of bytes"},
    {"[limits]\nmax_body = \"9999999TiB\"",
     "2:1: limits.max_body: \"9999999TiB\" is not a size such as \"64MiB\" (B, KiB, MiB, GiB, TiB) or a number of "
     "bytes"},
    {"[limits]\nmax_body = 0", "2:1: limits.max_body: 0B is too small; at least 1B"},
    {"[limits]\nmax_event = \"2GiB\"", "2:1: limits.max_event: 2GiB is too large; at most 1GiB"},
    {"[limits]\nmax_header = 1.5",
     "2:1: limits.max_header: takes a size such as \"64MiB\" (B, KiB, MiB, GiB, TiB) or a number of bytes"},
    {"[limits]\nmax_page = -5", "2:1: limits.max_page: \"-5\" is not a whole number"},
    {"[limits]\nread_timeout = 30",
     "2:1: limits.read_timeout: \"30\" is not a duration such as \"50ms\", \"5s\", \"2m\" or \"1h\""},
    {"[limits]\nread_timeout = \"30 parsecs\"",
     "2:1: limits.read_timeout: \"30 parsecs\" is not a duration such as \"50ms\", \"5s\", \"2m\" or \"1h\""},
    {"[limits]\nmax_keys = [1]", "2:1: limits.max_keys: holds something else than text; write a whole number"},
    {"[limits]\nmax_keys = [\"1\"]", "2:1: limits.max_keys: takes one value, not a list: a whole number"},
    {"[server]\nthreads = 0", "2:1: server.threads: 0 is too small; at least 1"},
    {"[server]\ncors_origins = \"*\"", "2:1: server.cors_origins: takes a list of texts"},
    {"[log]\nlevel = \"warning\"", "2:1: log.level: \"warning\" is not one of trace, debug, info, warn, error, off"},
    {"[log]\nrequests = \"yes\"", "2:1: log.requests: takes true or false"},
    {"[durability]\ndefault = \"stong\"",
     "2:1: durability.default: \"stong\" is not one of strong, relaxed; did you mean strong?"},
    // TOML itself
    {"data = \"a\"\ndata = \"b\"", "2:8: data is given twice"},
    {"[log]\n[log]", "2:1: log is given twice"},
    {"[limits]\nmax_body = 64MiB",
     "2:14: decimal integer: expected digit, saw 'M'; sizes, durations and texts stand in quotes"},
    {"[log]\nlevel = debug", "2:9: value: could not determine value type; sizes, durations and texts stand in quotes"},
    {"[[[limits]\nmax_body = 1", "1:3: expected bare key starting character or string delimiter, saw '['"},
    // together
    {"[tls]\nkey = \"k.pem\"", "2:1: tls.key is of no use without tls.certificate"},
    {"[tls]\ncertificate = \"c.pem\"", "2:1: tls.certificate is of no use without tls.key"},
    {"[storage]\nmax_map = \"1GiB\"",
     "2:1: storage.map (16GiB) is larger than storage.max_map (1GiB), where growing ends; set both"},
    {"listen = \"0.0.0.0:7070\"",
     "1:1: listen: 0.0.0.0:7070 lets everyone who can reach this machine read, write and drop every database, and no "
     "[[tokens]] are configured to tell who may; configure one, or listen on 127.0.0.1"},
    // tokens and peers
    {"[tokens]\nname = \"x\"", "1:2: tokens: is an array of tables: write [[tokens]] and its settings below"},
    {"[[tokens]]\nname = \"x\"\nroles = [\"read\"]", "1:1: a token needs one of token, token_file, token_sha256"},
    {"[[tokens]]\nname = \"x\"\ntoken = \"t\"", "1:1: a token needs roles: a list of read, write, sync, admin"},
    {"[[tokens]]\ntoken = \"t\"\nroles = [\"read\"]", "1:1: a token needs a name, which appears in the log"},
    {"[[tokens]]\nname = \"x\"\ntoken = \"a b\"\nroles = [\"read\"]",
     "1:1: token: holds blanks, control or non-ASCII characters, which an Authorization header cannot carry"},
    {"[[tokens]]\nname = \"x\"\ntoken_sha256 = \"abc\"\nroles = [\"read\"]",
     "1:1: token_sha256: is not 64 hexadecimal digits; try: printf %s SECRET | sha256sum"},
    {"[[tokens]]\nname = \"x\"\ntoken_file = \"/nowhere/t\"\nroles = [\"read\"]",
     "1:1: token_file: /nowhere/t cannot be read"},
    {"[[tokens]]\nname = \"x\"\ntoken = \"t\"\nroles = [\"read\"]\ndatabases = [\"Trucks\"]",
     "1:1: databases: \"Trucks\" is not \"*\" or a name of a-z, 0-9, _ and -, beginning with a letter, at most 63 "
     "long"},
    {"[[tokens]]\nname = \"x\"\ntoken = \"t\"\nrole = \"read\"\nroles = [\"read\"]",
     "4:1: there is no setting tokens.role; did you mean tokens.roles?"},
    {"[[peers]]\nname = \"x\"\nurl = \"http://h:1\"\nlisten = \"127.0.0.1:1\"",
     "4:1: there is no setting peers.listen; did you mean listen?"},
    {"[log]\nlisten = \"127.0.0.1:1\"", "2:1: there is no setting log.listen; did you mean listen?"},
    {"[[peers]]\nname = \"x\"\nurl = \"depot:7070\"", "1:1: a peer needs a url: http://HOST:PORT or https://HOST:PORT"},
    {"[[peers]]\nname = \"x\"\nurl = \"http://h:1\"\ninterval_ms = 1",
     "4:1: peers.interval_ms: 1 is too small; at least 10"},
    {"[[peers]]\nname = \"x\"\nurl = \"http://h:1\"\nfrom = \"yesterday\"",
     "1:1: from: \"yesterday\" is neither RFC 3339, as 2026-01-31T00:00:00Z, nor a ULID, "
     "nor so long ago, as -30d"},
};

TEST_CASE("a wrong file is refused with the place, what was meant and what is allowed") {
  for (const auto& bad : bad_files) {
    CAPTURE(bad.toml);
    REQUIRE(complaints(bad.toml) == std::vector<std::string>{bad.said});
  }
}

TEST_CASE("all errors are told at once, down the file, then flags and variables") {
  const auto said = complaints("a = b\n[limits]\nmax_keys = 0\nmax_page = x\n[log]\nlevl = \"info\"\n",
                               {{"--limits.max_kyes=1"}, {{"LATERBASE_MAX_BODY", "1"}}});
  REQUIRE(said == std::vector<std::string>{
                      "1:5: value: could not determine value type; sizes, durations and texts stand in quotes",
                      "3:1: limits.max_keys: 0 is too small; at least 1",
                      "4:12: value: could not determine value type; sizes, durations and texts stand in quotes",
                      "6:1: there is no setting log.levl; did you mean log.level?",
                      "LATERBASE_MAX_BODY: there is no such setting; did you mean LATERBASE_LIMITS_MAX_BODY?",
                      "--limits.max_kyes: there is no such setting; did you mean --limits.max_keys?",
                  });
}

TEST_CASE("wrong flags") {
  const auto said = [](std::vector<std::string> flags) {
    const auto loaded = load({std::move(flags), {}});
    return loaded.has_error() ? loaded.error().front().text() : std::string();
  };
  REQUIRE(said({"serve"}) == "serve: is not expected here; settings are given as --NAME=VALUE");
  REQUIRE(said({"--data"}) == "--data: needs a value: text in quotes");
  REQUIRE(said({"--data", "--log.requests"}) == "--data: needs a value: text in quotes");
  REQUIRE(said({"--data=a", "--data=b"}) == "--data: given twice");
  REQUIRE(said({"--config"}) == "--config: needs a value: the path of a TOML file");
  REQUIRE(said({"--config=/nowhere.toml"}) == "/nowhere.toml: cannot be read: No such file or directory");
  REQUIRE(said({"--confg=x"}) == "--confg: there is no such setting; did you mean --config?");
  REQUIRE(said({"--tokens=[{"}).starts_with("--tokens: tokens is not an array of tables in TOML"));
}

TEST_CASE("two tokens may share neither name nor secret") {
  const std::string token = "[[tokens]]\nroles = [\"read\"]\n";
  REQUIRE(complaints(token + "name = \"a\"\ntoken = \"t\"\n" + token + "name = \"a\"\ntoken = \"u\"\n") ==
          std::vector<std::string>{"5:1: two tokens are called \"a\""});
  REQUIRE(complaints(token + "name = \"a\"\ntoken = \"t\"\n" + token + "name = \"b\"\ntoken = \"t\"\n") ==
          std::vector<std::string>{"5:1: \"b\" has the same secret as another token"});
}

TEST_CASE("loopback needs no token, anything wider does") {
  const auto starts = [](const std::string& listen) { return load({{"--listen=" + listen}, {}}).has_value(); };
  for (const auto* own : {"127.0.0.1:0", "127.9.9.9:1", "[::1]:7070", "localhost:7070"}) REQUIRE(starts(own));
  for (const auto* wide : {"0.0.0.0:0", "[::]:0", "10.0.0.1:1", "127.evil.example:1", "128.0.0.1:1"})
    REQUIRE_FALSE(starts(wide));
}

}  // namespace
}  // namespace laterbase::config
