#include "brain/model_talk.h"

#include <gtest/gtest.h>

#include "brain/test_stage.h"
#include "core/error.h"

namespace manybody::brain {
namespace {

// Writes what the test wants and keeps what it was asked.
class FakeCompleter : public Completer {
 public:
  const char* name() const override { return "fake"; }
  Completion complete(const ChatRequest& request, const std::function<void(std::string_view)>& piece,
                      std::stop_token stop) override {
    ++asked;
    turns = request.turns;
    if (stop.stop_requested()) return {"", "", "cancelled"};
    if (piece) piece(next.content);
    return next;
  }

  Completion next;
  std::vector<Turn> turns;
  int asked = 0;
};

Completion plan_of(const std::string& steps) { return {"", "{\"kind\":\"plan\",\"reply\":\"ok\",\"plan\":[" + steps + "]}", ""}; }

TEST(ModelTalk, without_a_model_the_embedded_brain_answers) {
  ModelTalk talk(mind(), stage(), {}, nullptr);
  EXPECT_EQ(describe(talk.answer("walk forward 2 meters").plan), "walk direction=forward distance_m=2");
  EXPECT_STREQ(talk.who(), "embedded");
  EXPECT_EQ(talk.last_failure(), "");
}

TEST(ModelTalk, whatever_completes_a_chat_is_vetted_as_the_embedded_brain_is) {
  const auto fake = std::make_shared<FakeCompleter>();
  ModelTalk talk(mind(), stage(), {}, fake);
  fake->next = plan_of("{\"skill\":\"go_to\",\"arguments\":{\"target\":\"table\"}}");
  EXPECT_EQ(describe(talk.answer("visit that thing with four legs").plan), "go_to target=table");
  EXPECT_STREQ(talk.who(), "fake");
  fake->next = plan_of("{\"skill\":\"punch\",\"arguments\":{}}");
  EXPECT_EQ(talk.answer("please carry on with the show as planned").kind, Kind::refuse);
  fake->next = plan_of("{\"skill\":\"go_to\",\"arguments\":{\"target\":\"the edge\"}}");
  const Answer asks = talk.answer("please carry on with the show as planned");
  EXPECT_EQ(asks.kind, Kind::ask);
  EXPECT_TRUE(asks.plan.empty());
}

TEST(ModelTalk, stop_and_harm_never_reach_the_model_and_are_answered_by_the_embedded_brain) {
  const auto fake = std::make_shared<FakeCompleter>();
  fake->next = plan_of("{\"skill\":\"wave\",\"arguments\":{}}");
  ModelTalk talk(mind(), stage(), {}, fake);
  EXPECT_EQ(talk.answer("stop").kind, Kind::stop);
  EXPECT_EQ(talk.answer("揍他").kind, Kind::refuse);
  EXPECT_EQ(fake->asked, 0);
  EXPECT_STREQ(talk.who(), "embedded");
}

TEST(ModelTalk, a_failure_nonsense_and_a_cancelled_wait_fall_back_and_say_why) {
  const auto fake = std::make_shared<FakeCompleter>();
  ModelTalk talk(mind(), stage(), {}, fake);
  for (const Completion& bad :
       {Completion{"", "", "time-out"}, Completion{"", "{\"kind\":\"plan\",\"plan\":[{\"skill\":\"wa", ""},
        Completion{"", "{\"kind\":\"plan\",\"plan\":7}", ""}, Completion{"", "", ""}}) {
    fake->next = bad;
    EXPECT_EQ(describe(talk.answer("wave").plan), "wave") << bad.tool_arguments;
    EXPECT_STREQ(talk.who(), "embedded");
    EXPECT_NE(talk.last_failure(), "");
  }
  std::stop_source stop;
  stop.request_stop();
  fake->next = plan_of("{\"skill\":\"bow\",\"arguments\":{}}");
  EXPECT_EQ(describe(talk.answer("wave", nullptr, stop.get_token()).plan), "wave");
  EXPECT_EQ(talk.last_failure(), "cancelled");
  EXPECT_EQ(describe(talk.answer("be polite").plan), "bow");
  EXPECT_STREQ(talk.who(), "fake");
}

TEST(ModelTalk, the_model_is_told_what_was_said_before_and_the_embedded_brain_what_the_model_did) {
  const auto fake = std::make_shared<FakeCompleter>();
  ModelTalk talk(mind(), stage(), {}, fake);
  talk.remember({{"user", "hello"}, {"assistant", "hi"}});
  fake->next = plan_of("{\"skill\":\"bow\",\"arguments\":{}}");
  talk.answer("be polite");
  ASSERT_EQ(fake->turns.size(), 3u);
  EXPECT_EQ(fake->turns[1].text, "hi");
  EXPECT_EQ(fake->turns[2].text, "be polite");
  fake->next = {"", "", "gone"};
  EXPECT_EQ(describe(talk.answer("do it again").plan), "bow");
  fake->next = plan_of("{\"skill\":\"bow\",\"arguments\":{}}");
  for (int i = 0; i < 40; ++i) talk.answer("wave");
  EXPECT_LE(fake->turns.size(), 16u);
}

TEST(ModelTalk, json_is_repaired_only_where_that_is_unambiguous) {
  EXPECT_EQ(repaired_json("x {\"a\": [1, 2,], } y"), "{\"a\": [1, 2]}");
  EXPECT_EQ(repaired_json("{\"a\": {\"b\": 1"), "{\"a\": {\"b\": 1}}");
  EXPECT_EQ(repaired_json("{\"a\": \"cut of"), "");
  EXPECT_EQ(repaired_json("{\"a\": [1}"), "");
  EXPECT_EQ(repaired_json("nothing"), "");
  EXPECT_EQ(read_model_answer("", "{\"kind\":\"chat\",\"reply\":\"half \xe4\xbd\"}").reply, "half \xef\xbf\xbd");
  EXPECT_EQ(read_model_answer("\xff!", "").reply, "\xef\xbf\xbd!");
}

}  // namespace
}  // namespace manybody::brain
