// What the page says, in each of its languages.

export const words = {
  en: {
    chats: "Chats", language: "Language", actAs: "You are", addPerson: "Add a person", local: "A local Telegram for trying the bot. Nothing leaves this machine.",
    back: "Back to chats", topics: "Topics", messages: "Messages", newest: "Newest messages", commands: "Commands", cancel: "Cancel", menu: "Menu",
    write: "Write a message", send: "Send", keyboard: "Keyboard", ok: "OK", bot: "bot", start: "Start", block: "Block", unblock: "Unblock", reply: "Reply",
    closed: "You cannot write here.", edited: "edited", all: "All", general: "General", joined: "joined", left: "left", topic: "New topic", migrated: "This group is now a supergroup",
    group: "group", supergroup: "group", forum: "group with topics", channel: "channel", today: "Today", yesterday: "Yesterday", copied: "Copied", noAnswer: "The bot did not answer.",
    about: "What can this bot do?", empty: "No messages yet", name: "Name of the new person", newName: "Reader", gone: "The sandbox does not answer. Trying again…", silent: "sent without sound",
  },
  ar: {
    chats: "المحادثات", language: "اللغة", actAs: "أنت الآن", addPerson: "إضافة شخص", local: "تيليغرام محلي لتجربة البوت. لا شيء يغادر هذا الجهاز.",
    back: "العودة إلى المحادثات", topics: "المواضيع", messages: "الرسائل", newest: "أحدث الرسائل", commands: "الأوامر", cancel: "إلغاء", menu: "القائمة",
    write: "اكتب رسالة", send: "إرسال", keyboard: "لوحة المفاتيح", ok: "حسنًا", bot: "بوت", start: "ابدأ", block: "حظر", unblock: "إلغاء الحظر", reply: "رد",
    closed: "لا يمكنك الكتابة هنا.", edited: "معدّلة", all: "الكل", general: "عام", joined: "انضم إلى المجموعة", left: "غادر المجموعة", topic: "موضوع جديد", migrated: "أصبحت هذه المجموعة مجموعة خارقة",
    group: "مجموعة", supergroup: "مجموعة", forum: "مجموعة بمواضيع", channel: "قناة", today: "اليوم", yesterday: "أمس", copied: "تم النسخ", noAnswer: "لم يجب البوت.",
    about: "ماذا يفعل هذا البوت؟", empty: "لا رسائل بعد", name: "اسم الشخص الجديد", newName: "قارئ", gone: "لا يجيب الخادم المحلي. نعيد المحاولة…", silent: "أُرسلت بلا صوت",
  },
};
