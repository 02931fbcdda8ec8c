#include <catch2/catch.hpp>

#include "config/load.h"
#include "config/print.h"
#include "tests/config/toml_file.h"

namespace laterbase::config {
namespace {

TEST_CASE("without any source everything has its default") {
  const auto loaded = load({});
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->data == "data");
  REQUIRE(loaded->listen == Address{"127.0.0.1", 7070});
  REQUIRE(loaded->limits.max_body_bytes == 64 * mib);
  REQUIRE(loaded->events.max_future_ms == 5000);
  REQUIRE(loaded->durability.default_level == Durability::strong);
  REQUIRE(loaded->server.threads >= 1);
}

TEST_CASE("flags override the environment, which overrides the file, which overrides the defaults") {
  const TomlFile file("[limits]\nmax_body = \"1MiB\"\nmax_keys = 1\nmax_event = \"1KiB\"\n");
  Source source{{"--config", file.path(), "--limits.max_body=3MiB"},
                {{"LATERBASE_LIMITS_MAX_BODY", "2MiB"}, {"LATERBASE_LIMITS_MAX_KEYS", "2"}}};
  const auto loaded = load(source);
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->limits.max_body_bytes == 3 * mib);
  REQUIRE(loaded->limits.max_keys == 2);
  REQUIRE(loaded->limits.max_event_bytes == 1 * kib);
  REQUIRE(loaded->limits.max_header_bytes == 16 * kib);
}

TEST_CASE("the file may be named by the environment, and the flag names another") {
  const TomlFile one("data = \"one\"\n"), two("data = \"two\"\n");
  REQUIRE(load({{}, {{"LATERBASE_CONFIG", one.path()}}})->data == "one");
  REQUIRE(load({{"--config=" + two.path()}, {{"LATERBASE_CONFIG", one.path()}}})->data == "two");
}

TEST_CASE("every kind of value reads the same from TOML, environment and flags") {
  const TomlFile file(R"(
data = "/srv/laterbase"
listen = "[::1]:0"
[server]
cors_origins = ["https://a.example", "https://b.example"]
[limits]
max_event = 2048
idle_timeout = "2m"
[durability]
default = "relaxed"
[log]
level = "debug"
requests = true
[tls]
certificate = "chain.pem"
key = "key.pem"
)");
  const Source flags{
      {"--data", "/srv/laterbase", "--listen=[::1]:0", "--server.cors_origins", "https://a.example, https://b.example",
       "--limits.max_event=2KiB", "--limits.idle_timeout=120s", "--durability.default=relaxed", "--log.level", "debug",
       "--log.requests", "--tls.certificate=chain.pem", "--tls.key=key.pem"},
      {}};
  const Source variables{{},
                         {{"LATERBASE_DATA", "/srv/laterbase"},
                          {"LATERBASE_LISTEN", "[::1]:0"},
                          {"LATERBASE_SERVER_CORS_ORIGINS", R"(["https://a.example", "https://b.example"])"},
                          {"LATERBASE_LIMITS_MAX_EVENT", "2048"},
                          {"LATERBASE_LIMITS_IDLE_TIMEOUT", "120000ms"},
                          {"LATERBASE_DURABILITY_DEFAULT", "relaxed"},
                          {"LATERBASE_LOG_LEVEL", "DEBUG"},
                          {"LATERBASE_LOG_REQUESTS", "true"},
                          {"LATERBASE_TLS_CERTIFICATE", "chain.pem"},
                          {"LATERBASE_TLS_KEY", "key.pem"}}};
  const auto from_toml = load({{"--config", file.path()}, {}}), from_flags = load(flags),
             from_environment = load(variables);
  REQUIRE(from_toml.has_value());
  REQUIRE(from_flags.has_value());
  REQUIRE(from_environment.has_value());
  REQUIRE(from_toml->limits.max_event_bytes == 2048);
  REQUIRE(from_toml->server.cors_origins == std::vector<std::string>{"https://a.example", "https://b.example"});
  REQUIRE(print_toml(*from_toml) == print_toml(*from_flags));
  REQUIRE(print_toml(*from_toml) == print_toml(*from_environment));
}

TEST_CASE("what is printed reads back as the same settings") {
  Settings settings;
  settings.data = "a \"quoted\"\tpath\\with\nall";
  settings.limits.max_body_bytes = 1500;
  settings.limits.idle_timeout_ms = 1;
  settings.server.cors_origins = {"*"};
  const TomlFile file(print_toml(settings));
  const auto loaded = load({{"--config", file.path()}, {}});
  REQUIRE(loaded.has_value());
  REQUIRE(reload(settings, *loaded).changed.empty());
  REQUIRE(reload(settings, *loaded).need_restart.empty());
}

TEST_CASE("tokens and peers come from the file, or as one TOML value from elsewhere") {
  const TomlFile secret("from-the-file  \nsecond line\n");
  const TomlFile file("listen = \"0.0.0.0:7070\"\n[[tokens]]\nname = \"ops\"\ntoken_file = \"" + secret.path() +
                      "\"\nroles = [\"admin\", \"read\"]\ndatabases = [\"trucks\"]\n"
                      "[[peers]]\nname = \"depot\"\nurl = \"https://depot:7070\"\nfrom = 2026-01-31T00:00:00Z\n");
  const auto loaded = load({{"--config", file.path()}, {}});
  REQUIRE(loaded.has_value());
  REQUIRE(loaded->tokens.size() == 1);
  REQUIRE(loaded->tokens[0].token == "from-the-file");
  REQUIRE(loaded->tokens[0].roles == std::vector<Role>{Role::admin, Role::read});
  REQUIRE(loaded->peers.at(0).databases == std::vector<std::string>{"*"});
  REQUIRE(loaded->peers.at(0).from.starts_with("2026-01-31T00:00:00"));

  const std::string value = R"([{name = "ops", token = "t0p", roles = ["read"]}])";
  REQUIRE(load({{}, {{"LATERBASE_TOKENS", value}}})->tokens.at(0).token == "t0p");
  REQUIRE(load({{"--tokens=" + value}, {}})->tokens.at(0).name == "ops");
}

TEST_CASE("secrets are never printed") {
  Settings settings;
  settings.tokens.push_back({"ops", "s3cret", "", "", {Role::read}, {"*"}});
  settings.peers.emplace_back().token = "s3cret";
  REQUIRE(print_toml(settings).find("name = \"ops\"") != std::string::npos);
  REQUIRE(print_toml(settings).find("s3cret") == std::string::npos);
}

TEST_CASE("variables of the client, the tests and a container's neighbours are no settings") {
  const Source source{{},
                      {{"LATERBASE_URL", "http://h:1"},
                       {"LATERBASE_TOKEN", "t"},
                       {"LATERBASE_SEED", "1"},
                       {"LATERBASE_SERVICE_HOST", "10.0.0.1"},
                       {"LATERBASE_PORT", "tcp://10.0.0.1:7070"}}};
  REQUIRE(load(source).has_value());
}

TEST_CASE("a reload takes what can change while running and names what cannot") {
  Settings running;
  running.source = {{"--data", "data"}, {}};
  Settings fresh = running;
  REQUIRE(reload(running, fresh).changed.empty());
  fresh.limits.max_body_bytes = 1;
  fresh.log.level = LogLevel::warn;
  fresh.tokens.push_back({"ops", "t", "", "", {Role::read}, {"*"}});
  fresh.listen.port = 1;
  const auto result = reload(running, fresh);
  REQUIRE(result.changed == std::vector<std::string>{"limits.max_body", "log.level", "tokens"});
  REQUIRE(result.need_restart == std::vector<std::string>{"listen"});
  REQUIRE(result.settings.limits.max_body_bytes == 1);
  REQUIRE(result.settings.tokens.size() == 1);
  REQUIRE(result.settings.listen.port == 7070);
  REQUIRE(result.settings.source == running.source);
}

TEST_CASE("help and printing name every setting once") {
  Settings settings;
  const std::string help = help_text();
  for (const auto& row : table(settings)) {
    const std::string flag = "  --" + std::string(row.name) + "=";
    CAPTURE(flag);
    REQUIRE(help.find(flag) != std::string::npos);
    REQUIRE(help.find(flag) == help.rfind(flag));
  }
}

}  // namespace
}  // namespace laterbase::config
