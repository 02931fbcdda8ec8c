#include <fmt/format.h>

#include <algorithm>

#include "views/database.h"
#include "views/values.h"

// What a subscriber is told.
namespace laterbase::views {
namespace {

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

void append_rows(std::string& out, const std::vector<ivm::Row>& rows, const ivm::Schema& schema) {
  Page page;
  page.rows = rows;
  page.schema = schema;
  std::string json = page_json(page);
  json.pop_back();
  out += one_line(std::move(json));
}

// {"lc":…,"add":[…],"del":[…]}; nothing where no row that is shown has changed.
std::string delta_of(const FeedMessage& message, const Subscription& subscription, const ivm::Schema& shown_columns) {
  std::vector<ivm::Row> add, del;
  for (const auto& [row, weight] : message.changes) {
    if (!subscription.reading.accepts(row.view(), subscription.schema)) continue;
    const ivm::Row one = shown(row.view(), subscription.reading, subscription.schema);
    for (std::int64_t i = 0; i < std::abs(weight); ++i) (weight > 0 ? add : del).push_back(one);
  }
  if (add.empty() && del.empty()) return {};
  std::string data = fmt::format("{{\"lc\":{},\"add\":", message.lc);
  append_rows(data, add, shown_columns);
  data += ",\"del\":";
  append_rows(data, del, shown_columns);
  return data + '}';
}

ivm::Schema shown_columns_of(const Subscription& subscription) {
  ivm::Schema schema;
  for (std::size_t i = 0; i < subscription.reading.columns.size(); ++i)
    schema.push_back({subscription.reading.names[i], subscription.schema[subscription.reading.columns[i]].type});
  return schema;
}

constexpr std::size_t messages_at_once = 256;

}  // namespace

bool Database::poll(Subscription& subscription, std::vector<LiveMessage>& messages) {
  const auto say = [&](LiveMessage::Kind kind, Lc lc, std::string data) {
    messages.push_back({kind, root_->epoch(), lc, std::move(data)});
  };
  if (gone_) {
    say(LiveMessage::Kind::error, subscription.at, "This node's replica of the database was dropped.");
    return false;
  }
  {
    const Alone alone(*this);
    Feed& feed = engine().feed(subscription.relation);
    const bool resumes = subscription.begun ||
                         (subscription.resume_epoch == root_->epoch() && subscription.resume_lc <= engine().position());
    if (resumes && subscription.generation == feed.generation() && feed.reaches(subscription.at)) {
      subscription.begun = true;
      const ivm::Schema columns = shown_columns_of(subscription);
      while (const FeedMessage* message = feed.after(subscription.at)) {
        if (messages.size() >= messages_at_once) break;
        subscription.at = message->lc;
        if (!message->patch.empty()) {
          say(LiveMessage::Kind::patch, message->lc, message->patch);
          continue;
        }
        if (std::string data = delta_of(*message, subscription, columns); !data.empty())
          say(LiveMessage::Kind::delta, message->lc, std::move(data));
      }
      return true;
    }
    if (subscription.begun || subscription.resume_epoch) say(LiveMessage::Kind::reset, engine().position(), "{}");
    subscription.begun = false;
    subscription.resume_epoch.reset();
    subscription.generation = feed.generation();
    subscription.at = engine().position();
  }
  return begin_anew(subscription, messages);
}

// The snapshot. What is not there yet is waited for; what is gone or broken ends the stream.
bool Database::begin_anew(Subscription& subscription, std::vector<LiveMessage>& messages) {
  auto page = read(subscription.relation, subscription.request);
  if (!page && page.error().kind == Refusal::Kind::building) {
    messages.clear();
    return true;
  }
  if (!page) {
    messages.push_back({LiveMessage::Kind::error, root_->epoch(), subscription.at, page.error().message()});
    return false;
  }
  const Alone alone(*this);
  engine().forget_relations();
  subscription.schema.clear();
  if (const sql::Relation* relation = engine().find(subscription.relation))
    for (const sql::Column& column : relation->columns) subscription.schema.push_back({column.name, column.type});
  if (auto reading = understand(subscription.request, subscription.schema)) subscription.reading = std::move(*reading);
  subscription.begun = true;
  subscription.at = page->lc;
  if (!page->tree.empty()) {
    messages.push_back({LiveMessage::Kind::snapshot, page->epoch, page->lc, std::move(page->tree)});
    return true;
  }
  std::string data = fmt::format("{{\"lc\":{},\"rows\":", page->lc);
  append_rows(data, page->rows, page->schema);
  messages.push_back({LiveMessage::Kind::snapshot, page->epoch, page->lc, data + '}'});
  return true;
}

}  // namespace laterbase::views
