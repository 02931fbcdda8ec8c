#include "client/commands.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <system_error>

#include "client/backup.h"
#include "client/follow.h"
#include "client/post.h"
#include "client/read.h"
#include "client/sync.h"

namespace laterbase::client {
namespace {

// What every command takes.
struct Common {
  std::string url = "http://127.0.0.1:7070";
  std::string token;
  std::string ca_file;
  bool insecure = false;
  double retry_s = 60;
  std::string database;
};

using CommonPtr = std::shared_ptr<Common>;

CommonPtr add_common(CLI::App& command) {
  auto common = std::make_shared<Common>();
  command.add_option("--url", common->url, "The node: http://HOST:PORT or https://HOST:PORT")
      ->envname("LATERBASE_URL")
      ->capture_default_str();
  command
      .add_option("--token", common->token, "Secret to show the node; better in the environment, where ps can't see it")
      ->envname("LATERBASE_TOKEN");
  command.add_option("--ca", common->ca_file, "PEM file of certificates to trust, instead of the system's");
  command.add_flag("--insecure", common->insecure, "Do not verify the node's certificate");
  command.add_option("--retry", common->retry_s, "Seconds to go on trying where the node is busy or got lost")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  return common;
}

CommonPtr add_common_with_database(CLI::App& command, bool required = true) {
  auto common = add_common(command);
  auto* option = command.add_option("--db", common->database, "The database")->envname("LATERBASE_DB");
  if (required) option->required();
  return common;
}

Session open_session(const Common& common) {
  const auto endpoint = parse_endpoint(common.url);
  if (endpoint.has_error()) throw BadInput(endpoint.error().detail);
  ConnectionOptions options{*endpoint, common.token, common.ca_file, !common.insecure};
  RetryPolicy retry;
  retry.total_ms = static_cast<std::int64_t>(common.retry_s * 1000);
  return {std::move(options), retry, [](const std::string& words) { std::cerr << "laterbase: " << words << '\n'; }};
}

// Lets the command run `act(session, console)` when it is the one that was asked for.
template <typename Act>
void on_run(CLI::App& command, const CommonPtr& common, int& exit_code, Act act) {
  command.callback([common, act, &exit_code] {
    exit_code = guarded([&] {
      Session session = open_session(*common);
      const Console console = standard_console();
      return act(session, console) ? success : refused;
    });
  });
}

void add_post(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("post", "Write events");
  const auto common = add_common_with_database(command);
  auto options = std::make_shared<PostOptions>();
  const std::map<std::string, Format> formats = {{"auto", Format::automatic},
                                                 {"lines", Format::lines},
                                                 {"json", Format::json},
                                                 {"envelopes", Format::envelopes},
                                                 {"raw", Format::raw}};
  command.add_option("files", options->files, "Files of events; none, or -, is standard input");
  command
      .add_option(
          "--format", options->batches.format,
          "lines: a JSON value a line; json: one document, an array is many events; envelopes: lines of "
          "{\"key\"?, \"at\"?, \"value\" or \"base64\"}; raw: a file is one event; auto: json for *.json, else lines")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case).description("auto|lines|json|envelopes|raw"));
  command.add_option("--batch", options->batches.events, "Events that are written together, all or nothing")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command.add_option("--skip", options->batches.skip, "Events of the input to leave out, to go on after an error");
  command.add_flag("--relaxed", options->relaxed,
                   "Answered before it is durable; lost at most what the last moment wrote");
  command.add_flag("--create", options->create, "Create the database if there is none");
  command.footer(
      "Each event gets its key before it is sent: the time now, or \"at\" of its envelope. So a batch whose answer got "
      "lost\n"
      "is sent again without storing anything twice. Running the command twice stores the events twice, unless they "
      "have\n"
      "keys of their own.\n\n"
      "  laterbase post --db trucks --create loads.ndjson\n"
      "  laterbase post --db quakes --format envelopes quakes.ndjson\n"
      "  echo '{\"truck\":\"t7\",\"kg\":120}' | laterbase post --db trucks");
  on_run(command, common, exit_code, [common, options](Session& session, const Console& console) {
    options->database = percent_encoded(common->database);
    post(session, console, *options, std::cin);
    return true;
  });
}

void add_get(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("get", "Read events by key");
  const auto common = add_common_with_database(command);
  auto keys = std::make_shared<std::vector<std::string>>();
  command.add_option("keys", *keys, "Keys (ULIDs)")->required();
  command.footer(
      "One key gives the event's exact bytes; several give a line of JSON for each event that is there.\n\n"
      "  laterbase get --db trucks 01ARZ3NDEKTSV4RRFFQ69G5FAV");
  on_run(command, common, exit_code, [common, keys](Session& session, const Console& console) {
    return get(session, console, percent_encoded(common->database), *keys);
  });
}

void add_feed(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("feed", "Read what the node learned, in the order in which it did");
  const auto common = add_common_with_database(command);
  auto options = std::make_shared<FeedOptions>();
  auto from = std::make_shared<std::string>("0");
  auto following = std::make_shared<bool>(false);
  command.add_option("--from-lc", *from, "Only after this position of the log; \"end\" is only what comes from now on")
      ->capture_default_str()
      ->check([](const std::string& text) {
        const bool number =
            !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == std::string::npos;
        return number || text == "end" ? std::string() : "'" + text + "' is neither a position nor \"end\"";
      });
  auto* follow_flag = command.add_flag("-f,--follow", *following, "Go on with what comes, over broken connections too");
  command.add_option("--order", options->order, "Within a page: by lc (log) or key (valid time)")
      ->check(CLI::IsMember({"lc", "key"}))
      ->excludes(follow_flag);
  command.add_option("-n,--limit", options->limit, "At most so many events");
  command.footer(
      "  laterbase feed --db trucks --from-lc 100\n"
      "  laterbase feed --db trucks --follow --from-lc end | jq .value");
  on_run(command, common, exit_code, [=](Session& session, const Console& console) {
    options->database = percent_encoded(common->database);
    options->from_end = *from == "end";
    options->from_lc = options->from_end ? 0 : std::stoull(*from);
    *following || options->from_end ? follow(session, console, *options) : feed(session, console, *options);
    return true;
  });
}

// A day alone is its first or last millisecond.
std::string moment(const std::string& text, const char* of_day) {
  const bool day = text.size() == 10 && text[4] == '-' && text[7] == '-';
  return day ? text + of_day : text;
}

void add_range(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("range", "Read what happened within a range of time, in that order");
  const auto common = add_common_with_database(command);
  auto options = std::make_shared<RangeOptions>();
  options->from = "1970-01-01";
  command.add_option("--from", options->from, "From this time on: RFC 3339, a day, or a ULID")->capture_default_str();
  command.add_option("--to", options->to, "Up to this time, or the end of this day");
  command.add_option("-n,--limit", options->limit, "At most so many events");
  command.footer("  laterbase range --db quakes --from 1994-01-17 --to 1994-01-18");
  on_run(command, common, exit_code, [common, options](Session& session, const Console& console) {
    options->database = percent_encoded(common->database);
    options->from = moment(options->from, "T00:00:00Z");
    options->to = moment(options->to, "T23:59:59.999Z");
    range(session, console, *options);
    return true;
  });
}

void add_info(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("info", "Describe a database, or list all of them");
  const auto common = add_common_with_database(command, false);
  on_run(command, common, exit_code, [common](Session& session, const Console& console) {
    info(session, console, percent_encoded(common->database));
    return true;
  });
}

void add_backup(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("backup", "Copy a database into a file, while writes go on");
  const auto common = add_common_with_database(command);
  auto file = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  command.add_option("file", *file, "Where to; - is standard output")->required();
  command.add_flag("--force", *force, "Replace the file if there is one");
  command.footer(
      "The file appears under its name only once it is whole and on disk. laterbase restore puts it back.\n\n"
      "  laterbase backup --db trucks trucks.backup");
  on_run(command, common, exit_code, [=](Session& session, const Console& console) {
    backup(session, console, percent_encoded(common->database), *file, *force);
    return true;
  });
}

void add_health(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("health", "Ask whether the node is ready; exits 0 if it is");
  const auto common = add_common(command);
  auto live = std::make_shared<bool>(false);
  command.add_flag("--live", *live, "Only whether it is alive, though it may be recovering or draining");
  command.footer("As a container's health check: HEALTHCHECK CMD [\"laterbase\", \"health\"]");
  command.callback([common, live, &exit_code] {
    const int outcome = guarded([&] {
      Session session = open_session(*common);
      return health(session, standard_console(), *live) ? success : refused;
    });
    exit_code = outcome == success ? 0 : 1;
  });
}

void add_sync(CLI::App& app, int& exit_code) {
  auto& command = *app.add_subcommand("sync", "Make a node's databases equal with another node's, once, now");
  const auto common = add_common_with_database(command, false);
  auto options = std::make_shared<SyncOptions>();
  command.add_option("peer", options->peer, "The other node's http://HOST:PORT, or its name among the node's peers")
      ->required();
  command.add_option("--peer-token", options->peer_token, "Secret for the node to show the other one")
      ->envname("LATERBASE_PEER_TOKEN");
  command.add_option("--peer-ca", options->peer_ca, "PEM file, on the node's machine, of certificates to trust");
  command.add_option("--direction", options->direction, "both (as it is without), pull or push")
      ->check(CLI::IsMember({"both", "pull", "push"}));
  command.add_option("--from", options->from, "Only events from this valid time on: RFC 3339, a ULID, or -30d");
  command.add_option("--to", options->to, "Only events up to this valid time");
  command.add_flag("--create", options->create, "Create the database if the node lacks it");
  command.add_flag("--json", options->json, "The outcome as JSON, a line a database");
  command.footer(
      "Without --db, all databases of the node.\n\n"
      "  laterbase sync http://depot:7070 --db trucks\n"
      "  laterbase sync http://depot:7070 --url http://truck:7070 --from -30d");
  on_run(command, common, exit_code, [common, options](Session& session, const Console& console) {
    options->database = common->database;
    return sync(session, console, *options);
  });
}

int complain(int exit_code, const std::string& words) {
  std::cerr << "laterbase: " << words << '\n';
  return exit_code;
}

}  // namespace

int guarded(const std::function<int()>& run) {
  try {
    return run();
  } catch (const Refused& trouble) {
    return complain(refused, trouble.what());
  } catch (const Unreachable& trouble) {
    return complain(unreachable, trouble.what());
  } catch (const std::exception& trouble) {  // BadInput, files
    return complain(usage, trouble.what());
  }
}

void add_commands(CLI::App& app, int& exit_code) {
  for (const auto add : {add_post, add_get, add_feed, add_range, add_info, add_sync, add_backup, add_health})
    add(app, exit_code);
}

}  // namespace laterbase::client
