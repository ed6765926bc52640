/**
 * The seam between the controller and the view: what stands on screen, as values, and what a
 * person can ask for. The desktop client has the same seam (client_mvc/view/contract/).
 *
 * Types only. Values are ready to show: times are formatted, runs of a speaker are grouped, sizes
 * are words, texts are translated.
 *
 * @module
 */

/**
 * @typedef {{text: string, style: "plain" | "bold" | "code" | "block" | "mark" | "link" | "mention",
 *   href?: string}} Run a piece of a text in one style; `mark` only sets the style of its
 *   neighbours; `block` is code on lines of its own; `href` is that of a link
 * @typedef {{time: string, iso: string, name: string, colour: number, role: Role}} Heading
 *   starts a run of one speaker; `colour` is 0 to 11, `iso` the time for machines
 * @typedef {"owner" | "moderator" | "member"} Role
 *
 * @typedef {{seq: number, name: string, colour: number, text: string, gone: boolean}} Quote one
 *   line of what a reply is to; `gone`: it was deleted or is not kept, and `text` says so
 * @typedef {{emoji: string, count: number, mine: boolean, names: string}} Chip a reaction
 * @typedef {{quote: Quote | null, chips: Chip[], edited: string, pinned: boolean,
 *   editableUntil: number}} Extras `edited` in words when ("Edited at 10:14"), empty: it was not;
 *   `editableUntil` in seconds since 1970, 0: the reader cannot edit it
 * @typedef {{kind: "message", seq: number, text: string, runs: Run[], heading: Heading | null,
 *   time: string, iso: string, name: string, mention: boolean, own: boolean, emote: boolean,
 *   extras: Extras}} Message `mention`: it names the reader; `emote`: it is what somebody does
 *   ("ann waves"), and the text begins with the name
 * @typedef {{url: string, thumb: string, width: number, height: number}} Picture `width` and
 *   `height` are those of the thumbnail
 * @typedef {"text" | "picture" | "sound" | "film" | "document" | "archive" | "program" | "other"}
 *   FileKind
 * @typedef {{kind: "file", seq: number, fileId: string, name: string, speaker: string, size: string,
 *   preview: string, url: string, heading: Heading | null, time: string, iso: string,
 *   own: boolean, type: FileKind, picture: Picture | null, extras: Extras}} FileCard `name` is that
 *   of the file; with a `picture`, its thumbnail is shown in place of a card
 * @typedef {{kind: "deleted", seq: number, text: string, heading: Heading | null, time: string,
 *   iso: string, name: string}} DeletedMessage
 * @typedef {{kind: "hidden", seq: number, text: string, heading: Heading | null, time: string,
 *   iso: string, name: string}} HiddenMessage of somebody whom the reader ignores
 * @typedef {{kind: "notice", seq: number, time: string, iso: string, text: string,
 *   more?: string[]}} Notice somebody joined or left, an act of a moderator; `more`: the lines that
 *   `text` sums up; `seq` is that of the first, so that an open one stays open when it changes
 * @typedef {{kind: "day", text: string}} Day
 * @typedef {{kind: "new", text: string}} NewLine above the first unread message
 * @typedef {{kind: "beginning", text: string}} Beginning above the oldest there is
 * @typedef {Message | FileCard | DeletedMessage | HiddenMessage | Notice | Day | NewLine |
 *   Beginning} Item
 * @typedef {{remove: "none" | "own" | "all", reply: boolean, react: boolean, edit: boolean,
 *   pin: boolean}} MessageRules what the reader can do with messages, now
 * @typedef {{kind: "reply" | "edit", title: string, text: string}} ComposerContext what the next
 *   message is; `title` is "Replying to bob"
 * @typedef {{insert: string, label: string, detail: string, mark: string, colour: number | null}}
 *   Suggestion `insert` takes the place of what is typed; `mark` is an emoji, the state of a member
 *   ("active", "away") or empty
 * @typedef {{kind: "member" | "command" | "emoji", typed: number, rows: Suggestion[]}} Suggestions
 *   what the last `typed` characters before the cursor could become
 * @typedef {{emoji: string, name: string}} EmojiRow
 * @typedef {{key: string, name: string, size: string, url: string, problem: string}} Attachment a
 *   file above the composer, sent with Enter; `url` shows a picture, empty: it is none; `problem`:
 *   why the room does not take it
 * @typedef {{seq: number, name: string, colour: number, text: string, count: number}} PinBar
 * @typedef {{seq: number, day: string, time: string, name: string, colour: number, text: string}}
 *   PinRow
 * @typedef {{fileId: string, name: string, facts: string, url: string, before: boolean,
 *   after: boolean}} PictureView a shared picture in the viewer; `facts`: "1280 × 560 · 84 KB"
 *
 * @typedef {{key: string, text: string, runs: Run[], failed: boolean, reason: string,
 *   heading: Heading | null, time: string, quote: Quote | null}} Pending an own message that the room does not have yet
 * @typedef {"mute" | "unmute" | "remove" | "ban" | "promote" | "demote" | "ignore" | "show"} Act
 *   `show` ends `ignore`
 * @typedef {{name: string, colour: number, away: boolean, left: string, you: boolean,
 *   unknown: boolean, role: Role, muted: boolean, acts: Act[], note: string,
 *   ignored: boolean}} MemberRow `note` is what the member says of itself;
 *   `left`: "for 18 s", how long a disconnected member has been away; `unknown`: without a
 *   connection nobody can tell; `acts`: what the reader may do to this member
 * @typedef {{key: string, name: string, size: string,
 *   state: "waiting" | "sending" | "retrying" | "failed", fraction: number, note: string,
 *   retry: boolean}} UploadRow `retry`: it failed, and another try can help
 * @typedef {{kind: "warning" | "good" | "info", text: string, action: string, links: string[]}}
 *   Banner `action` is the text of its button, empty: none; `links` are the other hosts of the room
 * @typedef {{topic: string, locked: boolean, slow: number, moderates: boolean,
 *   canClaim: boolean}} RoomRules
 * @typedef {{reason: string, left: string}} Hold why nothing can be sent now, and for how long
 * @typedef {{title: string, text: string, label: string, yes: string, value: string, limit: number,
 *   optional: boolean, secret: boolean}} Prompt
 * @typedef {{title: string, text: string, yes: string}} Question
 * @typedef {{ban: number, name: string, until: string, by: string, at: string, text: string}} BanRow
 * @typedef {{summary: string, columns: string[], rows: string[][], numeric: number[],
 *   latency: string}} ReportTable
 * @typedef {{seq: number, day: string, time: string, name: string, colour: number,
 *   text: string}} ResultRow
 * @typedef {{rows: ResultRow[], summary: string, more: boolean}} Results newest first
 * @typedef {{encrypted: boolean, mark: string, details: string, fingerprint: string}} Security
 * @typedef {{theme: "light" | "dark" | "system", textSize: number, sound: boolean,
 *   notify: "off" | "mentions" | "all", hours: 12 | 24, seconds: boolean, canNotify: boolean,
 *   notifyHint: string, showJoins: boolean}} PreferencesForm `textSize` in percent; `notifyHint`: why there are no
 *   notifications, or what they need
 * @typedef {{fileId: string, name: string, facts: string, text: string, note: string,
 *   url: string}} FileText
 * @typedef {{room: string, topic: string, count: string, name: string, password: boolean,
 *   security: Security, unsent: string[]}} JoinForm `count` in words ("7 of 12 are here");
 *   `unsent`: texts that an earlier tab did not send
 * @typedef {{title: string, text: string, note: string, action: string, ready: boolean,
 *   unsent: string[], icon: "full" | "removed" | "left" | "problem" | "changed"}} Notepage
 *   a page in place of the room: it is full, one was removed, one left, nobody answers, another
 *   room; `action` is the text of its button, empty: none; `note` may count down
 * @typedef {{name: string, size: string, url: string, command: string}} Offer something to install
 */

/**
 * Everything that the controller can show.
 *
 * @typedef {object} Screen
 * @property {{show: (form: JoinForm) => void, wait: (text: string) => void,
 *   error: (field: "name" | "password" | "form", text: string, password?: boolean) => void}} join
 *   the join page; `error` focuses the field, `password` shows that field
 * @property {{show: (page: Notepage) => void}} page
 * @property {{show: () => void}} room go from a page to the room; the composer gets the keyboard
 * @property {{show: (room: string, count: string) => void,
 *   showSecurity: (security: Security) => void, showRules: (rules: RoomRules) => void}} topBar
 * @property {{show: (banner: Banner | null) => void, count: (text: string) => void}} banner
 *   `count` changes the seconds without an announcement
 * @property {MessagesScreen} messages
 * @property {{show: (text: string | null) => void}} historyBanner below an older page, with the
 *   way back to the newest
 * @property {{showRoom: (room: string) => void, insert: (text: string) => void,
 *   replace: (text: string) => void, hold: (hold: Hold | null) => void,
 *   showContext: (context: ComposerContext | null) => void,
 *   showAttachments: (attachments: Attachment[]) => void,
 *   showTakes: (text: string) => void}} composer `showTakes`: what files the room takes, in words
 *   ("Text files and pictures, at most 10 MB"), for the button that chooses them
 * @property {{show: (text: string) => void}} typing who is writing, in a line that is always there
 * @property {{show: (bar: PinBar | null) => void}} pins the newest pinned message
 * @property {{show: (members: MemberRow[], summary: string) => void}} members
 * @property {{show: (uploads: UploadRow[]) => void}} transfers
 * @property {{open: () => void, showState: (text: string) => void,
 *   showResults: (results: Results | null) => void}} search
 * @property {WindowsScreen} windows
 * @property {{setTheme: (theme: "light" | "dark" | "system") => void,
 *   setSize: (percent: number) => void}} look
 * @property {(text: string) => void} setTitle
 * @property {(text: string, said: string) => void} copy put `text` on the clipboard, tell `said`
 * @property {(text: string) => void} say a short text that goes by itself ("Copied.")
 * @property {() => void} sayNotLoaded why a part of this page could not be loaded
 * @property {(text: string) => void} announce for screen readers only
 * @property {() => void} ring play the sound
 * @property {(name: string, blob: Blob) => void} save offer a file to save
 */

/**
 * The conversation, and below it the pending messages. Places are counted from 0 at the oldest.
 *
 * @typedef {object} MessagesScreen
 * @property {(items: Item[], live: boolean) => void} append in one redraw; `live`: a reader at the
 *   end follows them, otherwise the view does not move
 * @property {(items: Item[], insteadOf: number) => void} prepend replacing the first `insteadOf`;
 *   the view stays
 * @property {(oldest: number, newest: number) => void} drop
 * @property {(items: [number, Item][]) => void} change put items in the place of others
 * @property {(rules: MessageRules) => void} allow offer these acts on messages from now on
 * @property {() => void} answered remove the line "New messages": the reader said something below
 * @property {() => void} clear
 * @property {() => void} toBottom scroll to the end and follow new messages
 * @property {(place: number, mark: boolean) => void} showPlace scroll to an item and mark it, or
 *   put it at the top unmarked
 * @property {(phrase: string) => number} mark highlight every place that shows `phrase`; returns
 *   their number
 * @property {(place: number) => void} showFound scroll to a highlighted place
 * @property {() => void} watchEnds call `reachedTop` or `reachedEnd` again where an end is near
 * @property {(text: string) => void} showLoading older messages are loading; empty: no longer
 * @property {(pending: Pending[]) => void} showPending
 */

/**
 * The dialogs, one at a time.
 *
 * @typedef {object} WindowsScreen
 * @property {(suggested: string) => void} showDate `suggested` is a date, 2026-11-29
 * @property {(text: string) => void} showDateError
 * @property {() => void} closeDate
 * @property {(table: ReportTable, lift: boolean) => void} showReport `lift`: open it if closed
 * @property {(form: PreferencesForm, lift: boolean) => void} showPreferences
 * @property {(title: string, text: string) => void} showText keys and commands, about
 * @property {(file: FileText) => void} showFile
 * @property {(fileId: string) => void} closeFile
 * @property {(question: Question, yes: () => void) => void} ask
 * @property {(prompt: Prompt, done: (text: string) => void) => void} prompt stays open until
 *   `closePrompt`
 * @property {(text: string) => void} showPromptError
 * @property {() => void} closePrompt
 * @property {(pins: PinRow[], mayUnpin: boolean, lift: boolean) => void} showPins
 * @property {(picture: PictureView | null, lift: boolean) => void} showPicture the viewer; null
 *   closes it
 * @property {(bans: BanRow[], lift: boolean) => void} showBans
 * @property {(offers: Offer[]) => void} showOffers how to get the desktop client
 * @property {(link: {https: string, chatroom: string, code: string, qr: string}) => void} showInvite
 *   `qr` is the address of a picture (SVG) of the https link
 */

/**
 * Everything a person can ask for.
 *
 * @typedef {object} Intents
 * @property {{join: (name: string, password: string) => void, cancel: () => void,
 *   leave: () => void, act: () => void, otherRoom: () => void}} membership `act`: the button of a
 *   `Notepage`; `otherRoom` asks for a room and goes there
 * @property {{send: (text: string) => boolean, recall: () => string,
 *   complete: (before: string) => string | null,
 *   suggest: (before: string) => Suggestions | null, emoji: (words: string) => EmojiRow[],
 *   emojiReady: () => Promise<void>,
 *   endContext: () => void, mention: (name: string) => void,
 *   edited: (text: string) => void}} composer `send` returns false if the text has to stay;
 *   `complete` returns what replaces `before`; `emoji` finds by name, the usual ones first; it
 *   knows those only until the promise of `emojiReady` is kept, which loads the others
 * @property {{add: (files: File[]) => void, addText: (text: string) => void,
 *   remove: (key: string) => void}} attachments pasted or dropped, sent with the next message;
 *   `addText` offers to send a long text as a file
 * @property {{open: (fileId: string) => void, step: (step: number) => void,
 *   closed: () => void}} pictures the viewer
 * @property {ConversationIntents} conversation
 * @property {{retry: (key: string) => void, discard: (key: string) => void,
 *   copyAll: () => void}} outgoing
 * @property {{share: (files: File[]) => void, cancel: (key: string) => void,
 *   retry: (key: string) => void, clearFailed: () => void, open: (fileId: string) => void,
 *   save: (fileId: string) => void, copyLink: (fileId: string) => void,
 *   saveAll: () => void}} files
 * @property {{reachedTop: () => void, reachedEnd: () => void, reads: (furtherUp: boolean) => void,
 *   toNewest: () => void, goTo: (seq: number) => void, askDate: () => void,
 *   goToDate: (typed: string) => void, firstUnread: () => void}} history
 * @property {{open: () => void, close: () => void, find: (text: string) => void,
 *   next: (step: number) => void, searchAll: () => void, more: () => void}} search `step`: 1 is
 *   further up, -1 further down
 * @property {{remove: (seq: number) => void, mute: (name: string, minutes: number | null) => void,
 *   kick: (name: string) => void, ban: (name: string, minutes: number) => void,
 *   setRole: (name: string, role: Role) => void, lock: (on: boolean) => void,
 *   slow: (seconds: number) => void, askTopic: () => void, claim: () => void,
 *   askBans: () => void, bansClosed: () => void, undoBan: (ban: number) => void}} moderation
 *   `remove` asks, then deletes a message or file; `minutes` null: until undone, 0: end it (mute) or for good
 *   (ban); `slow` 0: off
 * @property {{ask: () => void, closed: () => void, copy: (table: ReportTable) => void,
 *   save: (table: ReportTable) => void}} report
 * @property {{open: () => void, choose: (form: PreferencesForm) => void, toggleTheme: () => void,
 *   zoom: (step: number) => void}} preferences
 * @property {{act: () => void}} banner
 * @property {(seen: boolean) => void} seen the page is shown and has the keyboard, or not
 * @property {(form: "text" | "html" | "json") => void} saveConversation
 * @property {() => void} invite show link, code and QR
 * @property {() => void} offers show how to get the desktop client
 * @property {() => void} help
 * @property {() => void} about
 */

/**
 * Acts on a message or file, which `seq` names. Deleting is in `moderation.remove`.
 *
 * @typedef {object} ConversationIntents
 * @property {(seq: number) => void} reply let the next message be a reply
 * @property {(seq: number) => void} edit put the text of an own message into the composer
 * @property {() => boolean} editLast edit the last own message; false if there is none
 * @property {(seq: number, emoji: string) => void} react add a reaction, or take it back
 * @property {() => EmojiRow[]} usualReactions the six to offer first
 * @property {(seq: number, on: boolean) => void} pin
 * @property {() => void} showPins
 * @property {() => void} pinsClosed
 * @property {(seq: number) => void} copyText copy the original text
 * @property {(seq: number) => void} copyLink copy a link that leads to this message
 * @property {(seq: number) => void} mention insert a mention of the sender
 * @property {(name: string, on: boolean) => void} ignore hide the messages of a member
 * @property {(seq: number) => void} ignoreSender hide the messages of who sent this one
 * @property {(seq: number) => void} showHidden show this one hidden message
 */

export {};
