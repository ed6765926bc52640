/** Keys and commands in German (controller/help.js); the commands stand between the two. @module */

export default {
  keys: `Eingabe            die Nachricht senden; in einem Codeblock: eine neue Zeile
Umschalt+Eingabe   eine neue Zeile in der Nachricht beginnen
Pfeil hoch         im leeren Feld: deine letzte Nachricht bearbeiten
Strg+Pfeil hoch    im leeren Feld: den zuletzt gesendeten Text zurückholen
Tab                den Namen vor der Schreibmarke ergänzen; noch einmal: den
                   nächsten passenden
@  :  /            Mitglieder, Emojis, Befehle vorschlagen; Tab oder Eingabe
                   nimmt einen Vorschlag an

Alt+Pfeil hoch     eine Nachricht wählen, Alt+Pfeil runter die nächste; Eingabe
                   antwortet, R reagiert, M öffnet das Menü, Esc geht zurück
Alt+R              die aktiven Mitglieder und ihre Verbindungen zeigen
Strg+S             die Unterhaltung speichern
Strg+Umschalt+S    alle Dateien der Unterhaltung speichern
Strg+F             suchen: Eingabe oder F3 geht nach oben, mit Umschalt nach
                   unten; passt keine geladene Nachricht, durchsucht Eingabe
                   den ganzen Verlauf
Strg+G             zu einem Datum gehen
Alt+Ende           zurück zur neuesten Nachricht
Strg+D             zwischen dunkel und hell wechseln
Strg+Komma         Einstellungen
F1                 diesen Text zeigen
`,
  rest: `//text             „/text“ senden

Dateien werden geteilt, indem man sie ablegt, einfügt oder + drückt (Strg+O).

Eine Nachricht bleibt grau, bis der Server sie hat. Ohne Verbindung wartet sie.
Sie wird später gesendet, auch wenn du die Seite neu lädst.
`,
};
